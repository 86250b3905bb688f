import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openPostgresStore } from "@stepfast/store-postgres";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeEvent, makeRun, makeStep } from "@stepfast-internal/store-testkit";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../src/main.ts";
import type { MoveTask } from "../src/migrate-options.ts";
import { progressLines } from "../src/move-command.ts";

const program = fileURLToPath(new URL("../bin/stepfast.js", import.meta.url));

let folder: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stepfast-move-"));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

describe("stepfast migrate --from", () => {
  let told: string[];
  let tasks: MoveTask[];
  beforeEach(() => {
    told = [];
    tasks = [];
  });

  function run(args: string[], env: Record<string, string> = {}): Promise<number> {
    const io = { tell: (line: string) => void told.push(line), untilStopped: async () => "", color: false };
    const never = async () => {
      throw new Error("This is another command.");
    };
    const move = async (task: MoveTask) => void tasks.push(task);
    const commands = { dev: never, start: never, migrate: never, move };
    return main(["migrate", ...args], { env, cwd: folder, io, print: () => {}, run: commands });
  }

  const to = "postgres://me:s3cret@db/jobs";
  const task: MoveTask = { kind: "move", db: "./jobs.db", databaseUrl: to, keep: false };

  test.each<[string, string[], Record<string, string>, Partial<MoveTask>]>([
    ["--to", ["--from", "sqlite:./jobs.db", "--to", to], {}, {}],
    ["--database-url", ["--from", "sqlite:./jobs.db", "--database-url", to], {}, {}],
    ["DATABASE_URL", ["--from", "sqlite:./jobs.db"], { DATABASE_URL: to }, {}],
    [
      "--to over DATABASE_URL",
      ["--from", "sqlite:./jobs.db", "--to", to],
      { DATABASE_URL: "postgres://x/y" },
      {},
    ],
    ["a whole path", ["--from", "sqlite:///var/jobs.db", "--to", to], {}, { db: "/var/jobs.db" }],
    ["--keep", ["--from", "sqlite:./jobs.db", "--to", to, "--keep"], {}, { keep: true }],
    [
      "the environment",
      [],
      { STEPFAST_FROM: "sqlite:./jobs.db", STEPFAST_TO: to, STEPFAST_KEEP: "1" },
      { keep: true },
    ],
  ])("by %s", async (_what, args, env, more) => {
    expect(await run(args, env)).toBe(0);
    expect(tasks).toEqual([{ ...task, ...more }]);
  });

  test.each([
    ["nothing to move to", ["--from", "sqlite:a.db"], "--to is missing"],
    ["nothing to move", ["--to", to], "--from is missing"],
    ["nothing to keep", ["--database-url", to, "--keep"], "--from is missing"],
    ["no SQLite file", ["--from", "jobs.db", "--to", to], "sqlite:./jobs.db"],
    ["an empty name", ["--from", "sqlite:", "--to", to], "sqlite:./jobs.db"],
    ["another database", ["--from", "sqlite:a.db", "--to", "mysql://me:s3cret@db/x"], "--to"],
  ])("with %s is wrong usage", async (_what, args, problem) => {
    expect(await run(args)).toBe(2);
    expect(told.join()).toContain(problem);
    expect(tasks).toEqual([]);
  });
});

test("progress is told at each tenth", () => {
  const lines: string[] = [];
  const tell = progressLines((line) => lines.push(line.trim().replace(/ +/g, " ")));
  for (let rows = 0; rows <= 3_000; rows += 100) tell({ table: "steps", rows, total: 3_000 });
  tell({ table: "waitPaths", rows: 0, total: 0 });
  expect(lines.slice(0, 3)).toEqual(["steps 0 of 3,000", "steps 300 of 3,000", "steps 600 of 3,000"]);
  expect(lines.slice(-2)).toEqual(["steps 3,000 of 3,000", "paths of waits 0 of 0"]);
  expect(lines).toHaveLength(12);
});

class Command {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;

  constructor(args: string[]) {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    // What was told is complete when it has ended.
    this.ended = once(child, "close");
    cleanUps.push(() => this.kill());
    createInterface(child.stderr).on("line", (line) => {
      this.lines.push(line);
      this.onLine(line);
    });
  }

  onLine: (line: string) => void = () => {};

  get code(): number | null {
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

const RUNS = 6_000;
const STEPS = 5;

async function fill(db: string): Promise<void> {
  const store = await openSqliteStore({ path: db, synchronous: "NORMAL" });
  for (let from = 0; from < RUNS; from += 500) {
    const ids = Array.from({ length: 500 }, (_, i) => `r${String(from + i).padStart(6, "0")}`);
    await store.commit({
      events: ids.map((id) => makeEvent({ id: `e${id}` })),
      newRuns: ids.map((id) => makeRun({ id, eventId: `e${id}` })),
      steps: ids.flatMap((runId) => Array.from({ length: STEPS }, (_, no) => makeStep({ runId, no }))),
    });
  }
  await store.close();
}

test("a move that is killed by the system goes on; then the file is refused, and names where it went", async () => {
  const server = await PostgresServer.start();
  cleanUps.push(() => server.destroy());
  const db = join(folder, "jobs.db");
  await fill(db);
  const args = ["migrate", "--from", `sqlite:${db}`, "--to", server.url];
  const killed = new Command(args);
  killed.onLine = (line) => {
    if (/steps +[1-9]/.test(line)) void killed.kill();
  };
  await killed.ended;
  expect(killed.code).toBeNull();
  expect(killed.lines.join("\n")).not.toContain("Everything is in");

  const resumed = new Command(args);
  await resumed.ended;
  expect(resumed.code).toBe(0);
  const text = resumed.lines.join("\n");
  // It goes on with the steps: those that are there already are counted.
  expect(text).not.toMatch(/ steps +0 of/);
  expect(text).toMatch(/ runs +6,000 of 6,000/);
  expect(text).toContain("Everything is in postgres://127.0.0.1:");
  expect(text).not.toContain(new URL(server.url).password);

  const refused = new Command(["start", "--db", db, "--port", "0"]);
  await refused.ended;
  expect(refused.code).toBe(1);
  expect(refused.lines.join("\n")).toMatch(
    /moved to postgres:\/\/127\.0\.0\.1:\d+\/postgres.*\(store_moved\)/,
  );

  const again = new Command(args);
  await again.ended;
  expect(again.code).toBe(0);
  expect(again.lines.join("\n")).toContain("there is nothing to do");

  const store = await openPostgresStore({ url: server.url });
  cleanUps.push(() => store.close());
  const moved = await store.loadRun("r004321");
  expect(moved?.steps.map(({ no }) => no)).toEqual([0, 1, 2, 3, 4]);
  expect(moved?.events.map(({ id }) => id)).toEqual(["er004321"]);
});
