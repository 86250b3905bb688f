import { join } from "node:path";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, devServer, temporaryFolder } from "./world.ts";

/* Large results and long runs, on default settings. STEPFAST_LARGE=1: over HTTP 100 MB, too, and runs of 10,000 steps. */

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

test.each(isLong ? ways : ways.slice(0, 2))(
  "over HTTP, %s, checkpointing %s: large results, and many steps",
  options,
  async (_name, checkpointing, sdk) => {
    const db = join(temporaryFolder(cleanUps), "main.db");
    const server = await devServer({ db });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(sdk, new Api(server.url), checkpointing ? {} : { checkpointing: false });
    cleanUps.add(() => app.stop());
    const exported = app.client.createFunction(
      { id: "export", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const rows = await step.run("export", () => app.ledger.note("export", "ü".repeat(LARGE_OVER_HTTP)));
        await step.sleep("over night", "1s");
        return await step.run("count", () => rows.length);
      },
    );
    const loop = app.client.createFunction(
      { id: "loop", triggers: { event: app.event("loop") } },
      async ({ step }) => {
        let sum = 0;
        for (let i = 0; i < STEPS_OVER_HTTP; i++) sum += await step.run(`row ${i}`, () => i);
        return sum;
      },
    );
    await app.start([exported, loop]);
    const [go, many] = [await app.send("go"), await app.send("loop")];
    const ended = async (id: string) => {
      const runs = () => app.api.runsOf(id);
      await until("its end", runs, ([run]) => run?.status === "COMPLETED", PATIENCE_MS);
      return app.api.outcome(id);
    };
    expect(await ended(many)).toMatchObject({ output: (STEPS_OVER_HTTP * (STEPS_OVER_HTTP - 1)) / 2 });
    const run = await ended(go);
    expect(run).toMatchObject({ status: "COMPLETED", output: LARGE_OVER_HTTP });
    expect(app.ledger.count("export")).toBe(1);
    const { rootSpan } = await app.api.get<{ rootSpan: Span }>(`/v2/runs/${run.id}/trace`);
    expect(rootSpan.children[0]?.metadata).toContainEqual(large({ bytes: LARGE_OVER_HTTP + 11 }));
  },
);
