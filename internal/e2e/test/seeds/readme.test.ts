import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

/*
 * The README's first function, run as it is printed, but for the port: any free one.
 */

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

let folder: string;
let script: string;
let live: ChildProcess[];

beforeEach(() => {
  // Within the repository, so that the packages are found.
  const parent = join(root, "internal/e2e/dist");
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "readme-"));
  script = join(folder, "first.mjs");
  live = [];
  const [, code = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  expect(code).toContain("port: 8288");
  writeFileSync(script, code.replace("port: 8288", "port: 0"));
});

afterEach(() => {
  for (const child of live) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that runs the script, and what it prints. */
class Process {
  output = "";
  readonly child = spawn(process.execPath, [script], { cwd: folder });
  readonly ended = once(this.child, "close");
  #changed = () => {};

  constructor() {
    live.push(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
        this.#changed();
      });
    }
  }

  printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      this.#changed = () => {
        const found = this.output.match(pattern);
        if (found) resolve(found);
      };
      this.#changed();
      void this.ended.then(() => reject(new Error(`Ended without printing ${pattern}:\n${this.output}`)));
    });
  }
}

interface Listed {
  data: { id: string; status: string; output?: unknown }[];
}

async function fetched<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

/** Resolves once the only run is asleep, and so its first step recorded. */
async function asleep(runs: string): Promise<void> {
  await until(async () => {
    const [run] = (await fetched<Listed>(runs)).data;
    if (!run) return false;
    const { data } = await fetched<{ data: { waiting?: { kind: string }[] } }>(`${runs}/${run.id}`);
    return data.waiting?.some((wait) => wait.kind === "sleep") ?? false;
  });
}

test("killed in its sleep and started again, it charges once and sends the receipt", async () => {
  const first = new Process();
  const [runs] = await first.printed(/http:\S+\/v2\/runs/);
  await asleep(runs);
  expect(first.output).toContain("charging 4200");
  expect(first.output).not.toContain("receipt");
  first.child.kill("SIGKILL");
  await first.ended;

  const second = new Process();
  await second.printed(/receipt for ch_1 to ada@example\.com/);

  expect(second.output).not.toContain("charging");
  const [url] = await second.printed(/http:\S+\/v2\/runs/);
  const list = `${url}?includeOutput=true`;
  await until(async () => (await fetched<Listed>(list)).data[0]?.status === "COMPLETED");
  expect((await fetched<Listed>(list)).data.map((run) => run.output)).toEqual([{ charged: "ch_1" }]);
});
