import { experiment } from "inngest-official";
import { metadataMiddleware, scoreMiddleware } from "inngest-official/experimental";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/* PROTOCOL §5 (`metadata` of ops), §8 (`POST /v1/runs/{id}/metadata`): only the official SDK has it. */

// The middleware's tools are not in the types that the suite shares.
// biome-ignore lint/suspicious/noExplicitAny: experimental
type Tools = any;

describe.each([
  ["with checkpointing", true],
  ["a request a step", false],
])("%s", (_how, checkpointing) => {
  async function stage(): Promise<{ app: App; api: Api; client: Tools }> {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const middleware = [metadataMiddleware(), scoreMiddleware()] as never;
    const app = new App(theirs, api, { middleware, ...(checkpointing ? {} : { checkpointing }) });
    cleanUps.add(() => app.stop());
    return { app, api, client: app.client };
  }

  test("an experiment is listed, with the scores of its variants", async () => {
    const { app, api, client } = await stage();
    const fn = client.createFunction(
      { id: "priced", triggers: { event: app.event("go") } },
      async ({ step, group, event }: Tools) => {
        const variants = { high: () => step.run("high", () => 2), low: () => step.run("low", () => 1) };
        const select = experiment.fixed(event.data.variant);
        await group.experiment("price", { variants, select });
        const value = event.data.variant === "high" ? 2 : 1;
        await step.score("rated", { name: "sold", value });
      },
    );
    await app.start([fn]);
    for (const variant of ["high", "low", "low"]) {
      expect(await api.outcome(await app.send("go", { variant }))).toMatchObject({ status: "COMPLETED" });
    }
    const path = `/v2/apps/${app.id}/functions/priced/experiments`;
    expect(await api.get(path)).toMatchObject([{ id: "price", selectionStrategy: "fixed", totalRuns: 3 }]);
    expect(await api.get(`${path}/price`)).toMatchObject({
      variants: [
        { variantName: "high", runCount: 1, metrics: [{ key: "sold", avg: 2 }] },
        { variantName: "low", runCount: 2, metrics: [{ key: "sold", avg: 1 }] },
      ],
    });
  });

  const rootOf = async (api: Api, runId: string) => (await api.trace(runId)).rootSpan;

  test("metadata and scores of steps and runs are told in the trace", async () => {
    const { app, api, client } = await stage();
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
    const { app, api, client } = await stage();
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

  test("more than a step, or a run, may hold is refused, and what there was stays", async () => {
    const { app, api } = await stage();
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
