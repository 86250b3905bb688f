import { describe, expect, it } from "vitest";
import { createScorer, scoreMiddleware } from "../../src/experimental.ts";
import { OneFunctionApp } from "./app.ts";

const quality = { name: "quality", value: 0.5 };
const values = { quality: { value: 0.5 } };

describe("client.score", () => {
  it("scores the step that is running, without any middleware", async () => {
    const app = new OneFunctionApp();
    const [op] = await app.call(async ({ step }) => step.run("a", () => app.client.score(quality)));
    expect(op?.metadata).toEqual([{ kind: "inngest.score", scope: "step", op: "merge", values }]);
  });

  it("adds to the scores of the same step", async () => {
    const app = new OneFunctionApp();
    const [op] = await app.call(async ({ step }) =>
      step.run("a", async () => {
        await app.client.score(quality);
        await app.client.score({ name: "other", value: true });
      }),
    );
    expect(op?.metadata).toMatchObject([{ values: { ...values, other: { value: true } } }]);
  });

  it("scores the run outside its steps, and others from anywhere", async () => {
    const app = new OneFunctionApp();
    await app.call(async () => app.client.score(quality));
    await app.client.score({ ...quality, runId: "R", stepId: "s" });
    expect(app.noted).toEqual([
      { target: { run_id: "01JRUN" }, metadata: [{ kind: "inngest.score", op: "merge", values }] },
      { target: { run_id: "R", step_id: "s" }, metadata: [{ kind: "inngest.score", op: "merge", values }] },
    ]);
    expect(app.logged).toEqual([]);
    await expect(app.client.score(quality)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("scores the variant of an experiment", async () => {
    const app = new OneFunctionApp();
    const experiment = { experimentName: "ex", variant: "a" };
    await app.client.score.experiment({ ...quality, experiment, runId: "R" });
    expect(app.noted).toMatchObject([
      { metadata: [{ kind: "inngest.experiment", op: "merge", values: { name: "ex", variant: "a" } }] },
      { metadata: [{ kind: "inngest.score", values }] },
    ]);
    for (const odd of [undefined, {}, { experimentName: "ex", variant: " " }])
      await expect(
        app.client.score.experiment({ ...quality, runId: "R", experiment: odd as never }),
      ).rejects.toMatchObject({ code: "invalid_request" });
  });

  it.each([
    [undefined],
    [{ ...quality, name: "" }],
    [{ ...quality, name: "it's" }],
    [{ ...quality, name: "a\nb" }],
    [{ ...quality, name: "é".repeat(65) }],
    [{ ...quality, value: Number.NaN }],
    [{ ...quality, value: "1" }],
    [{ ...quality, stepId: " " }],
    [{ ...quality, runId: 7 }],
  ])("refuses %j", async (score) => {
    const app = new OneFunctionApp();
    await expect(app.client.score(score as never)).rejects.toMatchObject({ code: "invalid_request" });
    expect(app.noted).toEqual([]);
  });
});

describe("step.score", () => {
  it("is a step that scores the run, or a step", async () => {
    const app = new OneFunctionApp({ middleware: [scoreMiddleware()] });
    const [op] = await app.call(async ({ step }) => step.score("rate", quality));
    expect(op).toMatchObject({ op: "StepRun", metadata: [{ kind: "inngest.score", scope: "run", values }] });
    await app.call(async ({ step }) => step.score("rate", { ...quality, stepId: "x" }));
    expect(app.noted).toMatchObject([{ target: { run_id: "01JRUN", step_id: "x" } }]);
    const [answer] = await app.call(async ({ step }) => step.score("rate", { ...quality, name: "" }));
    expect(JSON.stringify(answer)).toContain("text that is not empty");
  });
});

describe("a scorer", () => {
  const event = {
    name: "inngest/deferred.schedule",
    data: { n: 1, _inngest: { parent_run_id: "PARENT", parent_fn_slug: "shop-fn" } },
    id: "E",
    ts: 1,
  };
  const fields = { event, events: [event] };

  it("scores the run that deferred it, or the one it names", async () => {
    const app = new OneFunctionApp();
    for (const runId of [undefined, "OTHER"]) {
      const result = { ...quality, ...(runId ? { runId } : {}) };
      const judge = createScorer(app.client, { id: `judge-${runId}` }, async () => result);
      expect(await app.answer(judge, fields)).toMatchObject([{ op: "StepRun", data: null }]);
    }
    expect(app.noted).toMatchObject([{ target: { run_id: "PARENT" } }, { target: { run_id: "OTHER" } }]);
  });

  it("may find nothing to score", async () => {
    const app = new OneFunctionApp();
    const judge = createScorer(app.client, { id: "judge" }, async () => null);
    expect(await app.answer(judge, fields)).toMatchObject([{ op: "RunComplete", data: null }]);
  });
});
