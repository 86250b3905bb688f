import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CleanUps, devServer } from "../http/world.ts";

/*
 * The guides' samples, run as they are printed, in the order in which they are printed, but for the ports: any free one.
 */

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const cleanUps = new CleanUps();
let folder: string;

beforeEach(() => {
  // Within the repository, so that the packages are found.
  const parent = join(root, "internal/e2e/dist");
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "guide-"));
  cleanUps.add(() => rmSync(folder, { recursive: true, force: true }));
});

afterEach(() => cleanUps.run());

function samplesOf(guide: string): string {
  const text = readFileSync(join(root, "docs/guides", guide), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code).join("\n");
}

/** What the program prints until it ends by itself. */
async function printed(code: string, env: Record<string, string> = {}): Promise<string> {
  const script = join(folder, "guide.mjs");
  writeFileSync(script, code);
  const child = spawn(process.execPath, [script], { cwd: folder, env: { ...process.env, ...env } });
  cleanUps.add(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [status] = await once(child, "close");
  expect(output, output).not.toContain("Error");
  expect(status, output).toBe(0);
  return output;
}

test("realtime", async () => {
  const code = samplesOf("realtime.md");
  expect(code).toContain("port: 8288");
  const lines = (await printed(code.replace("port: 8288", "port: 0"))).trim().split("\n");
  expect(lines).toEqual([
    "status packing",
    "status shipped",
    "page: on its way",
    "log: a label, printed",
    "run: completed done",
  ]);
});

test("metadata, scores and experiments", async () => {
  const code = samplesOf("metadata.md");
  expect(code).toContain("port: 8288");
  const output = await printed(code.replace("port: 8288", "port: 0"));
  const text = readFileSync(join(root, "docs/guides/metadata.md"), "utf8");
  expect(output).toBe(/^```text\n(.*?)^```/ms.exec(text)?.[1]);
});

test("durable endpoints", async () => {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const code = samplesOf("durable-endpoints.md");
  expect(code).toContain("server.listen(3000,");
  const output = await printed(code.replace("server.listen(3000,", "server.listen(0,"), {
    INNGEST_DEV: server.url,
  });
  expect(output.trim().split("\n")).toEqual([
    "quote: { total: 16.5 }",
    "order: true { confirmed: 'r-1' }",
    "story: Once upon a time",
    "story: they lived happily",
    "story: The end",
  ]);
});
