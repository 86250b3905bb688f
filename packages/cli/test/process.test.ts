import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/stepfast.js", import.meta.url));

interface Program {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** Everything it has written. */
  output(): string;
  /** Resolves once the text was written. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  exited: Promise<number | null>;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

function run(args: string[], cwd?: string): Program {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"], env: {} });
  cleanUps.push(() => child.kill("SIGKILL"));
  let text = "";
  const checks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
      for (const check of checks) check();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  const seen = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const check = () => {
        const match = pattern.exec(text);
        if (match) resolve(match);
      };
      checks.add(check);
      void exited.then(() => reject(new Error(`it ended without ${pattern}:\n${text}`)));
      check();
    });
  return { child, output: () => text, seen, exited };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "stepfast-cli-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const quiet = ["dev", "--port", "0", "--no-discovery", "--no-poll"];

test("serves until SIGTERM, and knows everything again when it is started anew", async () => {
  const cwd = folder();
  const first = run(quiet, cwd);
  const [, url] = await first.seen(/API +(http:\S+)/);
  const sent = await fetch(`${url}/e/k`, { method: "POST", body: '{"name":"order/placed","data":{"n":1}}' });
  const { ids } = (await sent.json()) as { ids: string[] };
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);

  const second = run(quiet, cwd);
  const [, again] = await second.seen(/API +(http:\S+)/);
  const event = await (await fetch(`${again}/v1/events/${ids[0]}`)).json();
  expect(event).toMatchObject({ data: { name: "order/placed", data: { n: 1 } } });
  second.child.kill("SIGINT");
  expect(await second.exited).toBe(0);
});

test("a database that is in use is told with its code", async () => {
  const cwd = folder();
  const first = run(quiet, cwd);
  await first.seen(/API/);
  const second = run(quiet, cwd);
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain("(store_locked)");
});

test("prints its version", async () => {
  const program = run(["--version"]);
  expect(await program.exited).toBe(0);
  expect(program.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("wrong usage ends with 2 and says what is wrong", async () => {
  const program = run(["dev", "--port", "http"]);
  expect(await program.exited).toBe(2);
  expect(program.output()).toContain("--port");
});
