import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

/*
 * `npm start` as a newcomer sees it: a process of its own, on its own database.
 */

const script = fileURLToPath(new URL("../dist/start.js", import.meta.url));

let folder: string;
let running: Demo | undefined;

/** A running demo and what it has printed. */
class Demo {
  output = "";
  readonly process: ChildProcess;
  readonly ended: Promise<unknown[]>;
  #onOutput = () => {};

  constructor(...args: string[]) {
    const env = { ...process.env, STEPFAST_DEMO_SPEED: "10", NODE_NO_WARNINGS: "1" };
    this.process = spawn(process.execPath, [script, ...args], { cwd: folder, env });
    this.ended = once(this.process, "exit");
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
        this.#onOutput();
      });
    }
  }

  /** Resolves once the output matches. */
  printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      this.#onOutput = () => {
        const found = this.output.match(pattern);
        if (found) resolve(found);
      };
      this.#onOutput();
      void this.ended.then(() => reject(new Error(`Ended without printing ${pattern}:\n${this.output}`)));
    });
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stepfast-demo-"));
  running = undefined;
});

afterEach(() => {
  running?.process.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: string[]): Demo {
  running = new Demo(...args);
  return running;
}

test("the handful is shipped or rolled back, and the demo ends", async () => {
  const demo = start("--once");

  expect(await demo.ended).toEqual([0, null]);

  expect(demo.output).toMatch(/process-order started {3}http:\/\/127\.0\.0\.1:\d+\/v2\/runs\/\w{26}\/trace/);
  expect(demo.output).toContain("order 1001   ✓ create-shipment");
  expect(demo.output).toContain('order 1001   ■ process-order COMPLETED: {"status":"shipped"');
  expect(demo.output).toContain("order 1002   ■ process-order FAILED: no carrier goes to Atlantis");
  expect(demo.output).toContain("order 1002   ✓ issue-refund");
  expect(demo.output).toContain("order 1002   ✓ release-stock");
  expect(demo.output).toContain("order 1003   ✗ charge-card, attempt 1: the card network timed out");
  expect(demo.output).toContain("order 1004   ✓ issue-refund");
  expect(demo.output).not.toContain("order 1005   ✓ release-stock");
  // Nobody wants colours in a file.
  expect(demo.output).not.toContain("\u001b[");
});

test("killed in the middle of a run, it continues at the next start", async () => {
  const first = start();
  await first.printed(/order 1002 {3}✗ create-shipment, attempt 1/);
  first.process.kill("SIGKILL");
  await first.ended;

  const second = start("--once");
  expect(await second.ended).toEqual([0, null]);

  expect(second.output).toMatch(/Continuing \d+ unfinished run\(s\) from before/);
  expect(second.output).toMatch(
    /order 1002 · process-order · recorded, will not run again: charge-card, allocate-inventory/,
  );
  expect(second.output).not.toContain("order 1002   ✓ charge-card");
  expect(second.output).toContain("order 1002   ■ process-order FAILED: no carrier goes to Atlantis");
  expect(second.output).toContain("order 1002   ✓ issue-refund");
  expect(second.output).toContain("order 1002   ✓ release-stock");
});

test("it takes more orders, with the curl line it prints, and stops on Ctrl-C", async () => {
  const demo = start();
  const [, url, event] = await demo.printed(/curl -X POST (\S+) .* -d '(.*)'/);
  const sent = await fetch(String(url), { method: "POST", body: String(event) });
  expect(sent.status).toBe(200);
  await demo.printed(/order mine {3}■ process-order COMPLETED/);

  demo.process.kill("SIGINT");

  expect(await demo.ended).toEqual([0, null]);
  expect(demo.output).toContain("Stopping");
});
