import { join } from "node:path";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { afterEach, expect, test } from "vitest";
import { ConnectedApp } from "../connect/connected-app.ts";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, devServer, temporaryFolder } from "./world.ts";

/* Large results and long runs, on default settings. STEPFAST_LARGE=1: over HTTP 100 MB, too, and with checkpointing 10,000 steps. */

const MIB = 1024 * 1024;
const isLong = process.env.STEPFAST_LARGE === "1";
const LARGE = 100 * MIB;
const LARGE_OVER_HTTP = isLong ? LARGE : 5 * MIB;
const STEPS = isLong ? 10_000 : 1_000;
const STEPS_OVER_HTTP = isLong ? STEPS : 50;
const PATIENCE_MS = 600_000;
const options = { timeout: PATIENCE_MS };

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface Span {
  metadata?: unknown[];
  input?: unknown;
  children: Span[];
}

/** Warnings, as they were noted of a run. */
function large(values: object) {
  return expect.objectContaining({ kind: "stepfast.large", values: expect.objectContaining(values) });
}

async function embedded(functions: (client: Inngest) => Parameters<typeof embed>[0]["functions"]) {
  const client = new Inngest({ id: "shop", logger: quiet });
  const db = join(temporaryFolder(cleanUps), "main.db");
  const app = await embed({ client, functions: functions(client), db, port: 0, log: quiet });
  cleanUps.add(() => app.close({ drainMs: 0 }));
  const outcome = async (data: object) => {
    const { ids } = await client.send({ name: "go", data });
    const runs = () => app.store.listRuns({ eventId: ids[0] ?? "" });
    const [run] = await until("its end", runs, ([found]) => Boolean(found?.endedAt), PATIENCE_MS);
    return run;
  };
  return { app, outcome, api: new Api(app.url ?? "") };
}

test("a result of 100 MB: stored, read back after a sleep, told of", options, async () => {
  const bodies: number[] = [];
  const { app, outcome, api } = await embedded((client) => [
    client.createFunction({ id: "export", triggers: { event: "go" } }, async ({ step }) => {
      const rows = await step.run("export", () => {
        bodies.push(LARGE);
        return "x".repeat(LARGE);
      });
      // The run leaves memory.
      await step.sleep("over night", "1ms");
      return await step.run("count", () => rows.length);
    }),
  ]);
  const run = await outcome({});
  expect([run?.status, run?.output, bodies.length]).toEqual(["completed", String(LARGE), 1]);
  const { steps } = (await app.store.loadRun(run?.id ?? "", { longestOutput: MIB })) ?? {};
  expect(steps?.[0]?.output).toBe(`{"stepfast/omitted":{"length":${LARGE + 11}}}`);
  const { rootSpan } = await api.get<{ rootSpan: Span }>(`/v2/runs/${run?.id}/trace`);
  expect(rootSpan.metadata).toEqual([large({ stateBytes: LARGE + 11 })]);
  expect(rootSpan.children[0]?.metadata).toEqual([large({ bytes: LARGE + 11 })]);
});

test("a child is given much, and returns much: its parent has it once, as a result", options, async () => {
  const length = isLong ? LARGE : 5 * MIB;
  // Each of them is two characters as JSON, and four where JSON is in JSON.
  const text = '"'.repeat(length / 2);
  const { app, outcome, api } = await embedded((client) => {
    const child = client.createFunction(
      { id: "child", triggers: { event: "child" } },
      ({ event }) => event.data.text,
    );
    const parent = client.createFunction({ id: "parent", triggers: { event: "go" } }, async ({ step }) => {
      const answer = await step.invoke("ask", { function: child, data: { text } });
      await step.sleep("over night", "1ms");
      return answer === text;
    });
    return [parent, child];
  });
  const run = await outcome({});
  expect([run?.status, run?.output]).toEqual(["completed", "true"]);
  const [asked] = await app.store.listSteps({ runId: run?.id ?? "", ops: ["InvokeFunction"] });
  expect([asked?.output?.length, (asked?.opts?.length ?? 0) < 1_000]).toEqual([length + 11, true]);
  const [started] = await app.store.getEvents([
    (await app.store.getRun(asked?.childRunId ?? ""))?.eventId ?? "",
  ]);
  expect(started?.data.length).toBeGreaterThan(length);
  const { rootSpan } = await api.get<{ rootSpan: Span }>(`/v2/runs/${run?.id}/trace?includeOutput=true`);
  expect(rootSpan.children[0]?.input).toMatchObject({
    data: { "stepfast/omitted": { length: expect.any(Number) } },
  });
});

test("a run of many steps, embedded", options, async () => {
  const { outcome } = await embedded((client) => [
    client.createFunction({ id: "loop", triggers: { event: "go" } }, async ({ step }) => {
      let sum = 0;
      for (let i = 0; i < STEPS; i++) sum += await step.run(`row ${i}`, () => i);
      return sum;
    }),
  ]);
  expect((await outcome({}))?.output).toBe(String((STEPS * (STEPS - 1)) / 2));
});

test("a result over its limit fails its step, and what was recorded before is kept", options, async () => {
  const server = await devServer({ tuning: { sizes: { stepOutputBytes: MIB } } });
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const app = new App(ours, new Api(server.url));
  cleanUps.add(() => app.stop());
  const fn = app.client.createFunction(
    { id: "export", retries: 0, triggers: { event: app.event("go") } },
    async ({ step }) => {
      const before = await step.run("before", () => "kept");
      const problem = await step
        .run("export", () => "x".repeat(2 * MIB))
        .catch((error: Error) => error.message);
      return { before, problem };
    },
  );
  await app.start([fn]);
  const { output } = await app.api.outcome(await app.send("go"));
  expect(output).toMatchObject({ before: "kept", problem: expect.stringContaining(`${MIB} bytes`) });
});

const ways = [
  [ours.name, true, ours],
  [theirs.name, false, theirs],
  [ours.name, false, ours],
  [theirs.name, true, theirs],
] as const;
type Way = (typeof ways)[number];

async function served([, checkpointing, sdk]: Way): Promise<App> {
  const server = await devServer({ db: join(temporaryFolder(cleanUps), "main.db") });
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const app = new App(sdk, new Api(server.url), checkpointing ? {} : { checkpointing: false });
  cleanUps.add(() => app.stop());
  return app;
}

async function ended(app: App, eventId: string) {
  const runs = () => app.api.runsOf(eventId);
  await until("its end", runs, ([run]) => ["COMPLETED", "FAILED"].includes(run?.status ?? ""), PATIENCE_MS);
  return app.api.outcome(eventId);
}

function exporting(app: App, length: number) {
  return app.client.createFunction(
    { id: "export", triggers: { event: app.event("go") } },
    async ({ step }) => {
      const rows = await step.run("export", () => app.ledger.note("export", "ü".repeat(length)));
      await step.sleep("over night", "1s");
      return await step.run("count", () => rows.length);
    },
  );
}

test.each(isLong ? ways : ways.slice(0, 2))(
  "over HTTP, %s, checkpointing %s: large results",
  options,
  async (...way) => {
    const app = await served(way);
    await app.start([exporting(app, LARGE_OVER_HTTP)]);
    const run = await ended(app, await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: LARGE_OVER_HTTP });
    expect(app.ledger.count("export")).toBe(1);
    const { rootSpan } = await app.api.get<{ rootSpan: Span }>(`/v2/runs/${run.id}/trace`);
    expect(rootSpan.children[0]?.metadata).toContainEqual(large({ bytes: LARGE_OVER_HTTP + 11 }));
  },
);

// Without checkpointing each call goes through all steps before its own: docs/limits.md says what that costs.
test.each(isLong ? ways : ways.slice(0, 2))(
  "over HTTP, %s, checkpointing %s: many steps",
  options,
  async (...way) => {
    const [name, checkpointing] = way;
    const uncheckpointed = name === ours.name ? 2_000 : 300;
    const steps = checkpointing ? STEPS_OVER_HTTP : Math.min(STEPS_OVER_HTTP, uncheckpointed);
    const app = await served(way);
    const loop = app.client.createFunction(
      { id: "loop", triggers: { event: app.event("go") } },
      async ({ step }) => {
        let sum = 0;
        for (let i = 0; i < steps; i++) sum += await step.run(`row ${i}`, () => i);
        return sum;
      },
    );
    await app.start([loop]);
    expect(await ended(app, await app.send("go"))).toMatchObject({ output: (steps * (steps - 1)) / 2 });
  },
);

// Without checkpointing, a result is part of the worker's answer.
test.each([ours, theirs])(
  "$name connected: an answer that is too large fails its run at once, and says which limit it was",
  options,
  async (sdk) => {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new ConnectedApp(sdk, new Api(server.url), { checkpointing: false });
    cleanUps.add(() => app.stop());
    await app.start([exporting(app, isLong ? LARGE : 5 * MIB)]);
    const { status, output } = await ended(app, await app.send("go"));
    expect([status, app.ledger.count("export")]).toEqual(["FAILED", 1]);
    expect(output).toMatchObject({
      code: "output_too_large",
      message: expect.stringContaining("sdkResponseBytes"),
    });
  },
);

test.each(isLong ? [ours, theirs] : [ours])(
  "$name connected: with checkpointing, large results are recorded on the way",
  options,
  async (sdk) => {
    const server = await devServer({ db: join(temporaryFolder(cleanUps), "main.db") });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new ConnectedApp(sdk, new Api(server.url));
    cleanUps.add(() => app.stop());
    await app.start([exporting(app, LARGE_OVER_HTTP)]);
    const run = await ended(app, await app.send("go"));
    expect([run.status, run.output, app.ledger.count("export")]).toEqual(["COMPLETED", LARGE_OVER_HTTP, 1]);
  },
);
