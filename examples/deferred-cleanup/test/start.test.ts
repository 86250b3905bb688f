import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
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
    this.ended = once(this.process, "close");
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

/** Lines of the account without what differs from run to run. */
function untimed(text: string): string[] {
  const lines = text.match(/^\d\d:\d\d:\d\d\.\d{3} .*$/gm) ?? [];
  return lines.map((line) => line.slice(12).replace(/http:\S+/, "URL"));
}

/** What the README shows of it. */
function readmeAccount(): string[] {
  const lines = untimed(readFileSync(new URL("../../../README.md", import.meta.url), "utf8"));
  expect(lines.length).toBeGreaterThan(20);
  return lines;
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
  for (const line of readmeAccount()) expect(untimed(demo.output)).toContain(line);
  // Nobody wants colours in a file.
  expect(demo.output).not.toContain("\u001b[");
});

/** How often an order's card was charged, as the card network remembers it. */
function chargesOf(orderId: string): number {
  const file = join(folder, ".stepfast", "deferred-cleanup.services.log");
  const charge = new RegExp(`stripe\\.charges\\.create .*"source":"tok_\\w+_${orderId}"`);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => charge.test(line)).length;
}

/** Orders that a restarted demo resumes, with the steps it says are recorded. */
function resumed(output: string): Map<string, string[]> {
  const lines = output.matchAll(/order (\d+) · process-order · recorded, will not run again: (.*)/g);
  return new Map([...lines].map(([, id, steps]) => [String(id), String(steps).split(", ")]));
}

test("killed in the middle of a run, it resumes at the next start, and no recorded step runs again", async () => {
  const first = start();
  await first.printed(/order 1002 {3}✗ create-shipment, attempt 1/);
  first.process.kill("SIGKILL");
  await first.ended;

  const second = start("--once");
  expect(await second.ended).toEqual([0, null]);

  expect(second.output).toMatch(/Resuming (a run that was|\d+ runs that were) under way/);
  const orders = resumed(second.output);
  expect(orders.get("1002")).toEqual(["charge-card", "allocate-inventory"]);
  for (const [id, recorded] of orders) {
    expect(recorded, id).toContain("charge-card");
    expect(chargesOf(id), id).toBe(1);
    expect(second.output).not.toContain(`order ${id}   ✓ charge-card`);
    expect(second.output).toContain(`order ${id}   ■ process-order`);
  }
  expect(second.output).toContain("order 1002   ■ process-order FAILED: no carrier goes to Atlantis");
  expect(second.output).toContain("order 1002   ✓ issue-refund");
  expect(second.output).toContain("order 1002   ✓ release-stock");
});

test("it takes more orders, with the curl line it prints, and stops on Ctrl-C", async () => {
  const demo = start();
  const [, url, event] = await demo.printed(/curl (\S+) -d '(.*)'/);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await fetch(String(url), { method: "POST", headers, body: String(event) });
  expect(sent.status).toBe(200);
  await demo.printed(/order mine {3}■ process-order COMPLETED/);

  demo.process.kill("SIGINT");

  expect(await demo.ended).toEqual([0, null]);
  expect(demo.output).toContain("Stopped. Nothing was left unfinished.");

  const next = start("--once");
  await next.ended;
  expect(next.output).toContain("order 1006 ships");
});

test("Ctrl-C in the middle of a run drains; the next start goes on", async () => {
  const first = start();
  await first.printed(/order 1002 {3}✗ create-shipment, attempt 1/);
  first.process.kill("SIGINT");

  expect(await first.ended).toEqual([0, null]);
  expect(first.output).toMatch(/Stopped\. \d+ unfinished/);

  const second = start("--once");
  expect(await second.ended).toEqual([0, null]);
  expect(second.output).toContain("order 1002   ✓ issue-refund");
});

test("a second one on the same database is told so; a taken port is passed over", async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => {
    // Where somebody else has the port, it is just as taken.
    blocker.once("error", () => resolve());
    blocker.listen(8288, "127.0.0.1", () => resolve());
  });
  const first = start();
  const [, port] = await first.printed(/API {7}http:\/\/127\.0\.0\.1:(\d+) \(port 8288 is taken\)/);
  expect(port).not.toBe("8288");

  const second = new Demo();

  expect(await second.ended).toEqual([1, null]);
  expect(second.output).toContain("is open in another process");
  blocker.close();
});
