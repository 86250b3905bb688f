import { hashStepId } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { type MetadataStepTool, metadataMiddleware } from "../../src/experimental.ts";
import { OneFunctionApp } from "./app.ts";

const app = () => new OneFunctionApp({ middleware: [metadataMiddleware()] });
const later = () => new Promise<void>((resolve) => setImmediate(resolve));
const [a, b] = [hashStepId("a"), hashStepId("b")];

describe("metadata within a step", () => {
  it("go with its result, one note a kind and scope", async () => {
    const { client, call } = bound(app());
    const ops = await call(async ({ step }) =>
      step.run("a", async () => {
        await client.metadata.set({ n: 1, gone: true });
        await later();
        await client.metadata.set({ n: 2 });
        await client.metadata.update({ m: 3 });
        await client.metadata.step().set({ own: 1 }, "mine");
        await client.metadata.step("a").attempt().update({ more: 1 }, "mine");
        await client.metadata.run().set({ total: 5 });
        return "done";
      }),
    );
    expect(ops).toMatchObject([{ op: "StepRun", data: "done" }]);
    expect(ops[0]?.metadata).toEqual([
      { kind: "userland.default", scope: "step", op: "set", values: { n: 2, m: 3 } },
      { kind: "userland.mine", scope: "step", op: "set", values: { own: 1, more: 1 } },
      { kind: "userland.default", scope: "run", op: "set", values: { total: 5 } },
    ]);
  });

  it("go with its failure, too", async () => {
    const { client, call } = bound(app());
    const [op] = await call(async ({ step }) =>
      step.run("a", async () => {
        await client.metadata.set({ seen: 1 });
        throw new Error("again");
      }),
    );
    expect(op).toMatchObject({ op: "StepError", metadata: [{ values: { seen: 1 } }] });
  });

  it("are a copy of what was given", async () => {
    const { client, call } = bound(app());
    const values: Record<string, unknown> = { at: new Date(0), list: [1] };
    const [op] = await call(async ({ step }) =>
      step.run("a", async () => {
        await client.metadata.set(values);
        values.list = [];
      }),
    );
    expect(op?.metadata).toMatchObject([{ values: { at: "1970-01-01T00:00:00.000Z", list: [1] } }]);
  });

  it("about something else are sent at once", async () => {
    const { client, call, app: made } = bound(app());
    await call(async ({ step }) =>
      step.run("a", async () => {
        await client.metadata.run("OTHER").set({ n: 1 });
        await client.metadata.step("b").set({ n: 2 });
        await client.metadata.step("a", 1).set({ n: 3 });
        await client.metadata.attempt(4).set({ n: 4 });
        await client.metadata.span("s.p.an").set({ n: 5 });
      }),
    );
    const run_id = "01JRUN";
    expect(made.noted.map((body) => (body as { target: unknown }).target)).toEqual([
      { run_id: "OTHER" },
      { run_id, step_id: "b", step_index: 0 },
      { run_id, step_id: "a", step_index: 1 },
      { run_id, step_id: a, step_attempt: 4 },
      { run_id, step_id: a, step_attempt: 0, span_id: "s.p.an" },
    ]);
    expect(made.api.requests.map(({ path }) => path)).toEqual([
      "/v1/runs/OTHER/metadata",
      ...Array(4).fill("/v1/runs/01JRUN/metadata"),
    ]);
    expect(made.noted[0]).toMatchObject({
      metadata: [{ kind: "userland.default", op: "set", values: { n: 1 } }],
    });
  });

  it("that come after its end are sent, about the attempt they come from", async () => {
    const { client, call, app: made } = bound(app());
    let late = (): void => {};
    const waits = new Promise<void>((resolve) => {
      late = resolve;
    });
    let noted: Promise<void> | undefined;
    const [op] = await call(async ({ step }) =>
      step.run("a", () => {
        noted = waits.then(() => client.metadata.set({ late: true }));
      }),
    );
    late();
    await noted;
    expect(op?.metadata).toBeUndefined();
    expect(made.noted).toMatchObject([{ target: { run_id: "01JRUN", step_id: a, step_attempt: 0 } }]);
  });

  it("fail it where they are no metadata, or too many", async () => {
    const { client, call } = bound(app());
    for (const [values, kind, message, code] of [
      [[1], "default", "object"],
      [null, "default", "object"],
      [{ text: "é".repeat(33_000) }, "default", "65536 bytes", "StepError"],
      [{}, "k".repeat(300), "256 characters"],
    ] as const) {
      const [op] = await call(async ({ step }) =>
        step.run("a", () => client.metadata.set(values as never, kind)),
      );
      expect(op).toMatchObject({
        op: code ?? "StepFailed",
        error: { message: expect.stringContaining(message) },
      });
    }
  });
});

describe("metadata outside a step", () => {
  it("of a function are sent for its run, with a warning", async () => {
    const { client, call, app: made } = bound(app());
    await call(async () => {
      await later();
      await client.metadata.set({ n: 1 });
    });
    expect(made.noted).toMatchObject([{ target: { run_id: "01JRUN" } }]);
    expect(made.logged).toEqual([expect.stringContaining("outside a step")]);
  });

  it("of no function need a run, and name no current step", async () => {
    const { client, app: made } = bound(app());
    await client.metadata.run("R").step("b").attempt(2).set({ n: 1 });
    expect(made.noted).toMatchObject([
      { target: { run_id: "R", step_id: "b", step_index: 0, step_attempt: 2 } },
    ]);
    for (const builder of [
      client.metadata,
      client.metadata.run("R").step(),
      client.metadata.run("R").attempt(),
    ])
      await expect(builder.set({})).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("that are refused reject, and say why", async () => {
    const { client, app: made } = bound(app());
    made.api.answer("/v1/runs/R/metadata", { status: 413, text: "too much" });
    await expect(client.metadata.run("R").set({})).rejects.toThrow("status 413 too much");
  });

  it("need the middleware", () => {
    const { client } = bound(new OneFunctionApp());
    expect(() => client.metadata).toThrow(expect.objectContaining({ code: "invalid_config" }));
  });
});

describe("step.metadata", () => {
  it("is a step that notes about the run, or a step", async () => {
    const { call, app: made } = bound(app());
    const notes = async ({ step }: { step: never }) => {
      const { metadata } = step as { metadata: (id: string) => MetadataStepTool };
      await metadata("a").set({ n: 1 });
      await metadata("b").step("x").set({ n: 2 });
    };
    const first = await call(notes as never);
    expect(first).toMatchObject([
      { op: "StepRun", id: a, metadata: [{ scope: "run", kind: "userland.default", values: { n: 1 } }] },
    ]);
    const second = await call(notes as never, { [a]: { type: "data", data: null } });
    expect(second).toMatchObject([{ op: "StepRun", id: b }]);
    expect(made.noted).toMatchObject([{ target: { run_id: "01JRUN", step_id: "x" } }]);
  });
});

function bound(made: OneFunctionApp) {
  return { app: made, client: made.client, call: made.call.bind(made) };
}
