import { main } from "stepfast-cli";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunView } from "./api.ts";
import { Gate } from "./gate.ts";
import { deploy, type World, worldOf } from "./modes.ts";
import { until } from "./patience.ts";
import { temporaryFolder } from "./world.ts";

/*
 * What the documents about cancellation and the cleanup after it promise, each way to cancel tried in each situation, over the API and
 * the command line. The documents' own programs are tried in examples/cancellation and examples/cleanup-after-cancellation.
 */

const DAY_MS = 24 * 3_600_000;

let world: World;
let cwd: string;
/** Of runs whose push is to take until it is let go, by the reminder's id. */
const gates = new Map<string, Gate>();
const pushed: string[] = [];
const cleaned: string[] = [];
let made = 0;

beforeAll(async () => {
  world = await worldOf("production");
  cwd = temporaryFolder(world.cleanUps);
  const { app } = world;
  await deploy(world, [
    app.client.createFunction(
      {
        id: "remind",
        retries: 0,
        triggers: { event: app.event("created") },
        cancelOn: [{ event: app.event("deleted"), if: "event.data.id == async.data.id" }],
      },
      async ({ event, step }) => {
        await step.run("note", () => ({ noted: event.data.id }));
        await step.sleepUntil("until then", event.data.remindAt);
        await step.run("push", async () => {
          await gates.get(event.data.id)?.pass();
          pushed.push(event.data.id);
        });
        await step.run("never", () => pushed.push(`after ${event.data.id}`));
      },
    ),
    app.client.createFunction(
      {
        id: "cleanup",
        triggers: { event: "inngest/function.cancelled", if: `event.data.function_id == '${app.id}-remind'` },
      },
      ({ event }) => void cleaned.push(event.data.run_id),
    ),
  ]);
});
afterAll(() => world.cleanUps.run());

async function stepfast(...args: string[]) {
  let out = "";
  const told: string[] = [];
  const code = await main([...args, "--json"], {
    env: { STEPFAST_URL: world.api.url, STEPFAST_SIGNING_KEY: world.key },
    cwd,
    print: (text) => {
      out += text;
    },
    io: { tell: (line) => void told.push(line), untilStopped: async () => "SIGINT", color: false },
    run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
  });
  expect([code, code === 0 ? [] : told]).toEqual([0, []]);
  return JSON.parse(out);
}

type Run = RunView & { queuedAt: string; originalRunId: string | null };

interface Reminder {
  id: string;
  run: Run;
}

/** A run that is to push after so long; one that begins later waits for that first. */
async function remind(afterMs: number, more: { ts?: number; isHeld?: boolean } = {}): Promise<Reminder> {
  const id = `r${made++}`;
  if (more.isHeld) gates.set(id, new Gate());
  const remindAt = new Date(Date.now() + afterMs).toISOString();
  const ts = more.ts === undefined ? {} : { ts: more.ts };
  const [run] = await world.api.runsOf(await world.app.send("created", { id, remindAt }, ts));
  return { id, run: run as Run };
}

const functionId = () => `${world.app.id}-remind`;
/** The millisecond in which the run was made. */
const range = ({ run: { queuedAt } }: Reminder) => ({
  from: queuedAt,
  until: new Date(Date.parse(queuedAt) + 1).toISOString(),
});

async function jobDone(path: string, body: object): Promise<{ matched: number }> {
  const answer = await world.api.request("POST", path, body);
  const { data } = (await answer.json()) as { data: { id: string } };
  return await until(
    `the end of ${path}/${data.id}`,
    () => world.api.get<{ status: string; matched: number }>(`${path}/${data.id}`),
    ({ status }) => status !== "running",
  );
}

const ways: [name: string, cancel: (reminder: Reminder) => Promise<unknown>][] = [
  ["by an event", ({ id }) => world.app.send("deleted", { id })],
  ["over the API of v1", ({ run }) => world.api.cancel(run.id)],
  ["over the API of v2", ({ run }) => world.api.request("POST", `/v2/runs/${run.id}/cancel`)],
  [
    "in bulk over the API, by a time range",
    async (reminder) => {
      const job = await jobDone("/v2/cancellations", { functionId: [functionId()], ...range(reminder) });
      expect(job.matched).toBe(1);
    },
  ],
  ["on the command line", ({ run }) => stepfast("runs", "cancel", run.id)],
  [
    "in bulk on the command line, by a time range",
    async (reminder) => {
      const { from, until } = range(reminder);
      const args = ["--function", functionId(), "--from", from, "--until", until];
      expect(await stepfast("runs", "cancel", ...args)).toMatchObject({ status: "completed", matched: 1 });
    },
  ],
];

/** The run ended as cancelled, was announced in one event of the documented shape, and cleaned up after once. */
async function isCancelled({ id, run }: Reminder, steps: object): Promise<void> {
  expect((await world.api.ended(run.id)).status).toBe("CANCELLED");
  const search = encodeURIComponent(`event.data.run_id == "${run.id}"`);
  const query = `name=inngest/function.cancelled&includeSystem=true&search=${search}`;
  const events = await world.api.get<{ data: Record<string, unknown> }[]>(`/v2/events?${query}`);
  const trigger = {
    name: world.app.event("created"),
    data: { id, remindAt: expect.any(String) },
    id: expect.any(String),
    ts: expect.any(Number),
    user: {},
  };
  expect(events.map(({ data }) => data)).toEqual([
    {
      error: { error: "function cancelled", message: "function cancelled", name: "Error" },
      event: trigger,
      events: [trigger],
      function_id: functionId(),
      run_id: run.id,
      steps,
    },
  ]);
  await expect.poll(() => cleaned.filter((runId) => runId === run.id)).toHaveLength(1);
}

describe.each(ways)("a run cancelled %s", (_name, cancel) => {
  test("before it has begun: nothing of it runs", async () => {
    const reminder = await remind(DAY_MS, { ts: Date.now() + DAY_MS });
    await world.api.waiting(reminder.run.id, "start");
    await cancel(reminder);
    await isCancelled(reminder, {});
    expect((await world.api.trace(reminder.run.id)).rootSpan.children).toEqual([]);
  });

  test("while it sleeps: the step after it is skipped", async () => {
    const reminder = await remind(7 * DAY_MS);
    await world.api.waiting(reminder.run.id, "sleep");
    await cancel(reminder);
    await isCancelled(reminder, { note: { noted: reminder.id } });
    const { rootSpan } = await world.api.trace(reminder.run.id);
    expect(rootSpan.children.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "note COMPLETED",
      "until then CANCELLED",
    ]);
  });

  test("while a step executes: that one completes, and nothing follows it", async () => {
    const reminder = await remind(0, { isHeld: true });
    const gate = gates.get(reminder.id);
    await gate?.reached;
    await cancel(reminder);
    expect((await world.api.run(reminder.run.id)).status).toBe("RUNNING");
    gate?.open();
    await isCancelled(reminder, { note: { noted: reminder.id }, "until then": null, push: null });
    expect(pushed.filter((id) => id.endsWith(reminder.id))).toEqual([reminder.id]);
  });
});

describe("all that were cancelled", () => {
  const cancelled = async () => {
    const path = `/v2/runs?functionId=${functionId()}&status=CANCELLED&limit=100`;
    const runs = await world.api.get<Run[]>(path);
    return runs.filter(({ originalRunId }) => originalRunId === null);
  };
  const repeats = async () => {
    const path = `/v2/runs?functionId=${functionId()}&limit=100`;
    const runs = await world.api.get<Run[]>(path);
    return runs.flatMap(({ originalRunId }) => originalRunId ?? []).sort();
  };

  test("are repeated: one half over the API, one half on the command line", async () => {
    const all = await cancelled();
    expect(all).toHaveLength(3 * ways.length);
    const middle = all[all.length / 2 - 1]?.queuedAt ?? "";
    const filter = { functionId: [functionId()], status: ["CANCELLED"] };
    const { matched } = await jobDone("/v2/replays", { ...filter, until: middle });
    const args = ["--function", functionId(), "--status", "cancelled", "--from", middle];
    const rest = await stepfast("runs", "replay", ...args, "--until", new Date().toISOString());
    expect(rest.status).toBe("completed");
    expect(matched).toBeGreaterThan(0);
    await expect.poll(repeats).toEqual(all.map(({ id }) => id).sort());
  });

  test("keep no new run from starting; a pause does", async () => {
    await stepfast("runs", "cancel", "--function", functionId());
    const next = await remind(7 * DAY_MS);
    await world.api.waiting(next.run.id, "sleep");
    await stepfast("functions", "pause", functionId());
    const held = await remind(7 * DAY_MS);
    expect(await world.api.run(held.run.id)).toMatchObject({ status: "QUEUED", startedAt: null });
    await stepfast("functions", "resume", functionId());
    await world.api.waiting(held.run.id, "sleep");
    const left = await stepfast("runs", "cancel", "--function", functionId());
    expect(left.matched).toBe(2);
  });
});
