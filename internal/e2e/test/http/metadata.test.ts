import * as official from "inngest-official";
import * as theirExtras from "inngest-official/experimental";
import * as stepfast from "stepfast";
import * as ourExtras from "stepfast/experimental";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/* PROTOCOL §5 (`metadata` of ops), §8 (`POST /v1/runs/{id}/metadata`). */

const published = { ...official, ...theirExtras } as unknown as typeof stepfast & typeof ourExtras;
const own = { ...stepfast, ...ourExtras };

// The middleware's tools are not in the types that the suite shares.
// biome-ignore lint/suspicious/noExplicitAny: experimental
type Tools = any;

async function stage(sdk: Sdk, checkpointing: boolean, middleware: unknown[] = []) {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const api = new Api(server.url);
  const app = new App(sdk, api, {
    middleware: middleware as never,
    ...(checkpointing ? {} : { checkpointing }),
  });
  cleanUps.add(() => app.stop());
  return { app, api, client: app.client as Tools };
}

const rootOf = async (api: Api, runId: string) => (await api.trace(runId)).rootSpan;

describe.each([
  { sdk: theirs, module: published, checkpointing: true },
  { sdk: theirs, module: published, checkpointing: false },
  { sdk: ours, module: own, checkpointing: true },
  { sdk: ours, module: own, checkpointing: false },
])("$sdk.name, checkpointing: $checkpointing", ({ sdk, module, checkpointing }) => {
  const { createScorer, experiment, metadataMiddleware, scoreMiddleware } = module;
  const staged = () => stage(sdk, checkpointing, [metadataMiddleware(), scoreMiddleware()]);

  test("metadata and scores of steps and runs are told in the trace", async () => {
    const { app, api, client } = await staged();
    const fn = client.createFunction(
      { id: "note", triggers: { event: app.event("go") } },
      async ({ step }: Tools) => {
        await step.run("work", async () => {
          await client.metadata.set({ stage: "begun", kept: 0 });
          await client.metadata.update({ stage: "done" });
          await client.metadata.run().set({ total: 3 }, "totals");
          await client.metadata.step("later").set({ early: true });
        });
        await step.run("later", () => 1);
        await step.metadata("meta").set({ a: 1 });
        await step.score("rated", { name: "quality", value: 0.5 });
        return "ok";
      },
    );
    await app.start([fn]);
    const run = await api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "ok" });
    // From outside, when all is over.
    await client.score({ name: "helpful", value: true, runId: run.id });
    await client.score({ name: "helpful", value: 1, runId: run.id, stepId: "work" });
    const root = await rootOf(api, run.id);
    const notes = Object.fromEntries(root.children.map((span) => [span.name, span.metadata]));
    expect(notes.work).toMatchObject([
      { scope: "step", kind: "userland.default", values: { stage: "done", kept: 0 } },
      { scope: "step", kind: "inngest.score", values: { helpful: { value: 1 } } },
    ]);
    expect(notes.later).toMatchObject([{ kind: "userland.default", values: { early: true } }]);
    const ofRun = root.metadata ?? [];
    expect(ofRun).toContainEqual(expect.objectContaining({ kind: "userland.totals", values: { total: 3 } }));
    const all = JSON.stringify([ofRun, notes]);
    expect(all).toContain('"quality":{"value":0.5}');
    expect(all).toContain('"a":1');
    const scores = [...ofRun, ...Object.values(notes).flat()].filter(
      (note) => note?.kind === "inngest.score",
    );
    expect(scores.map((score) => score?.values)).toContainEqual(
      expect.objectContaining({ helpful: { value: true } }),
    );
  });

  test("the metadata of an attempt that failed is kept, that of a step which repeats itself is not doubled", async () => {
    const { app, api, client } = await staged();
    const fn = client.createFunction(
      { id: "note", triggers: { event: app.event("go") } },
      async ({ step, attempt }: Tools) =>
        step.run("work", async () => {
          await client.metadata.set({ attempt }, `try${attempt}`);
          if (attempt < 1) throw new Error("again");
        }),
    );
    await app.start([fn]);
    const run = await api.outcome(await app.send("go"));
    const [work] = (await rootOf(api, run.id)).children;
    expect(work?.metadata).toMatchObject([
      { kind: "userland.try0", values: { attempt: 0 } },
      { kind: "userland.try1", values: { attempt: 1 } },
    ]);
  });

  test("an experiment tells which variant it chose, and its variant is scored, at once and by a scorer", async () => {
    const { app, api, client } = await staged();
    const scorer = createScorer(client, { id: "judge" }, async ({ event, parents }: Tools) => ({
      name: "judged",
      value: event.data.n === 7 && parents[0].experiment.variant === "a",
    }));
    const fn = client.createFunction(
      { id: "trial", triggers: { event: app.event("go") } },
      async ({ step, group, defer }: Tools) => {
        const variants = { a: () => step.run("va", () => "A"), b: () => step.run("vb", () => "B") };
        const select = experiment.weighted({ a: 1, b: 0 });
        const { experimentRef, result } = await group.experiment("ex", { variants, select });
        defer("judge it", { function: scorer, data: { n: 7 }, experiment: experimentRef });
        await step.run("score", () =>
          client.score.experiment({ name: "now", value: 2, experiment: experimentRef }),
        );
        return result;
      },
    );
    await app.start([fn, scorer]);
    const run = await api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "A" });
    const judged = await until(
      "the scorer's score",
      () => rootOf(api, run.id),
      (root) => JSON.stringify(root.metadata ?? []).includes("judged"),
    );
    const chosen = judged.children.find((span) => span.name === "ex");
    expect(chosen?.metadata).toMatchObject([
      {
        scope: "step",
        kind: "inngest.experiment",
        values: {
          name: "ex",
          variant: "a",
          selection_strategy: "weighted",
          available_variants: ["a", "b"],
          variant_weights: { a: 1, b: 0 },
        },
      },
    ]);
    const scored = judged.children.find((span) => span.name === "score");
    expect(scored?.metadata).toMatchObject([
      { kind: "inngest.experiment", values: { name: "ex", variant: "a" } },
      { kind: "inngest.score", values: { now: { value: 2 } } },
    ]);
    expect(judged.metadata).toMatchObject([
      { scope: "run", kind: "inngest.experiment", values: { name: "ex", variant: "a" } },
      { scope: "run", kind: "inngest.score", values: { judged: { value: true } } },
    ]);
  });
});

test("more than a step, or a run, may hold is refused, and what there was stays", async () => {
  const { app, api } = await stage(theirs, true);
  const fn = app.client.createFunction({ id: "plain", triggers: { event: app.event("go") } }, () => 1);
  await app.start([fn]);
  const { id } = await api.outcome(await app.send("go"));
  const note = (target: object, size: number) =>
    api.request("POST", `/v1/runs/${id}/metadata`, {
      target: { run_id: id, ...target },
      metadata: [{ kind: "userland.default", op: "set", values: { text: "x".repeat(size) } }],
    });
  expect((await note({}, 10)).status).toBe(200);
  const refused = await note({}, 65 * 1024);
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: "metadata_too_large" });
  const statuses: number[] = [];
  for (let index = 0; index < 18; index++)
    statuses.push((await note({ step_id: "s", step_index: index }, 60 * 1024)).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(17);
  expect(statuses.at(-1)).toBe(413);
  expect((await rootOf(api, id)).metadata).toMatchObject([
    { scope: "run", kind: "userland.default", values: { text: "x".repeat(10) } },
  ]);
});

test("what is no metadata, or is about no run, is refused", async () => {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const api = new Api(server.url);
  const good = { kind: "userland.a", op: "set", values: {} };
  const send = async (metadata: unknown) =>
    (await api.request("POST", "/v1/runs/01K000000000000000000000000/metadata", { metadata })).status;
  expect(await send([good])).toBe(404);
  for (const bad of [
    undefined,
    [],
    [{ ...good, op: "multiply" }],
    [{ ...good, values: 1 }],
    [{ ...good, kind: "" }],
    [good, 1],
  ])
    expect(await send(bad)).toBe(400);
});
