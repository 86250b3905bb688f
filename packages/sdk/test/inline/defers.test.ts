import { COMPLETE_OP_ID, sha1Hex } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { createDefer } from "../../src/experimental.ts";
import { NonRetriableError, staticSchema } from "../../src/index.ts";
import { hash, newClient, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

const positive = {
  "~standard": {
    version: 1 as const,
    vendor: "test",
    validate: (value: unknown) =>
      (value as { amount: number }).amount > 0
        ? { value: value as { amount: number } }
        : { issues: [{ message: "must be positive", path: ["amount"] }] },
  },
};

const refund = createDefer(
  client,
  { id: "refund", schema: staticSchema<{ chargeId: string }>() },
  async () => {},
);
const checked = createDefer(client, { id: "checked", schema: positive }, async ({ event, parents }) => ({
  data: event.data,
  parents,
}));

const addOp = {
  id: hash("refund-if-failed"),
  op: "DeferAdd",
  name: "refund-if-failed",
  opts: { fn_slug: "app-refund", input: { chargeId: "c" } },
};

describe("defer in an inline call", () => {
  it("is reported before the next step runs", async () => {
    const fn = client.createFunction({ id: "host" }, trigger, async ({ step, defer }) => {
      await step.run("charge", () => 1);
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      await step.run("ship", () => 2);
    });
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ kind: "complete" });
    expect(host.reports.map((ops) => ops.map((op) => op.op))).toEqual([
      ["StepRun"],
      ["DeferAdd"],
      ["StepRun"],
    ]);
    expect(host.reports[1]?.[0]).toMatchObject(addOp);
  });

  it("is durable before the body of the next step starts", async () => {
    let shipped = 0;
    const fn = client.createFunction({ id: "careful" }, trigger, async ({ step, defer }) => {
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      await step.run("ship", () => ++shipped);
    });
    const { host } = start(fn, { manual: true });
    await host.reported(1);
    await settled();
    expect(host.ops).toMatchObject([addOp]);
    expect(shipped).toBe(0);

    host.acknowledge();
    await host.reported(2);

    expect(shipped).toBe(1);
  });

  it("goes in front of a wait, in one report", async () => {
    const fn = client.createFunction({ id: "waiting" }, trigger, async ({ step, defer }) => {
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      await step.sleep("a-while", "1h");
    });
    const { host, session } = start(fn);
    const answer = await session.answer;
    expect(answer).toMatchObject({ kind: "ops", ops: [addOp, { op: "Sleep" }] });
    expect(host.reports).toEqual([]);
  });

  it("rides with the end where no step follows", async () => {
    const fn = client.createFunction({ id: "end" }, trigger, async ({ defer }) => {
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" }, when: "failure" });
      return "done";
    });
    expect(await start(fn).session.answer).toMatchObject({
      kind: "ops",
      ops: [
        { ...addOp, opts: { ...addOp.opts, when: "failure" } },
        { id: COMPLETE_OP_ID, op: "RunComplete", data: "done" },
      ],
    });
  });

  it("is reported before the failure of a function", async () => {
    const fn = client.createFunction({ id: "failing" }, trigger, async ({ defer }) => {
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      throw new NonRetriableError("no");
    });
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ kind: "error", noRetry: true });
    expect(host.ops).toMatchObject([addOp]);
  });

  it("is reported when the run is cancelled before anything else is", async () => {
    const fn = client.createFunction({ id: "cancelled" }, trigger, async ({ defer }) => {
      defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      await new Promise(() => {});
    });
    const { host, session } = start(fn);
    await settled();
    await session.cancel();
    expect(host.ops).toMatchObject([addOp]);
  });

  it("sends only the abort if it was never sent", async () => {
    const fn = client.createFunction({ id: "both" }, trigger, async ({ defer }) => {
      const handle = defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      handle.cancel();
      handle.abort();
    });
    const answer = await start(fn).session.answer;
    expect(answer).toMatchObject({
      ops: [
        {
          id: sha1Hex(`${hash("refund-if-failed")}:abort`),
          op: "DeferAbort",
          opts: { target_hashed_id: hash("refund-if-failed"), fn_slug: "app-refund", id: "refund-if-failed" },
        },
        { op: "RunComplete" },
      ],
    });
  });

  it("sends the abort after a defer that was sent", async () => {
    const fn = client.createFunction({ id: "abort" }, trigger, async ({ step, defer }) => {
      const handle = defer("refund-if-failed", { function: refund, data: { chargeId: "c" } });
      await step.run("ship", () => 1);
      handle.cancel();
    });
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ ops: [{ op: "DeferAbort" }, { op: "RunComplete" }] });
    expect(host.ops.map((op) => op.op)).toEqual(["DeferAdd", "StepRun"]);
  });

  it("does not repeat what the engine knows", async () => {
    const fn = client.createFunction({ id: "known" }, trigger, async ({ defer }) => {
      defer("kept", { function: refund, data: { chargeId: "c" } });
      defer("aborted", { function: refund, data: { chargeId: "c" } }).cancel();
      defer("to-abort", { function: refund, data: { chargeId: "c" } }).cancel();
    });
    const defers = {
      [hash("kept")]: { abortable: true },
      [hash("aborted")]: { abortable: false },
      [hash("to-abort")]: { abortable: true },
    };
    expect(await start(fn, { defers }).session.answer).toMatchObject({
      ops: [{ op: "DeferAbort", name: "to-abort" }, { op: "RunComplete" }],
    });
  });

  it("skips a second defer of the same id with a warning", async () => {
    const warnings: string[] = [];
    const loud = newClient({
      logger: { debug() {}, info() {}, error() {}, warn: (text: string) => warnings.push(text) },
    });
    const fn = loud.createFunction({ id: "twice" }, trigger, async ({ defer }) => {
      defer("same", { function: refund, data: { chargeId: "1" } });
      defer("same", { function: refund, data: { chargeId: "2" } }).cancel();
    });
    expect(await start(fn).session.answer).toMatchObject({
      ops: [{ op: "DeferAdd", opts: { input: { chargeId: "1" } } }, { op: "RunComplete" }],
    });
    expect(warnings).toHaveLength(1);
  });

  it("refuses data that do not fit, and says so", async () => {
    const fn = client.createFunction({ id: "wrong" }, trigger, async ({ defer }) => {
      defer("bad", { function: checked, data: { amount: -1 } });
    });
    const answer = await start(fn).session.answer;
    expect(answer).toMatchObject({ kind: "error", noRetry: true, error: { code: "invalid_event" } });
    expect(answer.kind === "error" && answer.error.message).toContain("amount: must be positive");
  });

  it("refuses data that are no JSON, and a target that is none", async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const [target, data] of [
      [refund, { chargeId: 7n }],
      [refund, circle],
      [{ id: "refund" }, {}],
    ] as const) {
      const fn = client.createFunction({ id: "wrong" }, trigger, async ({ defer }) => {
        defer("bad", { function: target, data } as never);
      });
      const answer = await start(fn).session.answer;
      expect(answer).toMatchObject({ kind: "error", noRetry: true, error: { code: "invalid_event" } });
      expect(answer.kind === "error" && answer.error.message).toContain('defer("bad")');
    }
  });

  it("gives the deferred function its payload and its parents", async () => {
    const event = {
      name: "inngest/deferred.schedule",
      data: {
        amount: 5,
        _inngest: { fn_slug: "app-checked", parent_fn_slug: "app-host", parent_run_id: "R" },
      },
    };
    expect(await start(checked, { event }).session.answer).toMatchObject({
      output: { data: { amount: 5 }, parents: [{ fnSlug: "app-host", runId: "R" }] },
    });
    const wrong = { ...event, data: { ...event.data, amount: 0 } };
    expect(await start(checked, { event: wrong }).session.answer).toMatchObject({
      kind: "error",
      noRetry: true,
    });
  });
});
