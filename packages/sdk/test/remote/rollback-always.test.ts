import type { Json } from "@stepfast/protocol";
import { INLINE } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { FakeHost, hash, inlineCall, newClient, RUN_ID, settled, start } from "../inline/fake-host.ts";
import { call, opsOf, type RemoteOverrides } from "./remote-call.ts";

const client = newClient();
const trigger = { event: "test/happened" };

function order() {
  const did: unknown[] = [];
  const fn = client.createFunction({ id: "order" }, trigger, async ({ step }) => {
    await step
      .run("charge", ({ idempotencyKey }) => {
        did.push(`charge ${idempotencyKey}`);
        return "ch_1";
      })
      .rollback((charge, context) => void did.push([charge, context.stepIdempotencyKey]), { always: true });
  });
  return { fn, did };
}

const key = `${RUN_ID}:${hash("charge")}`;
const isAlways = { rollback: true, rollbackAlways: true };

describe("a step that is undone whatever became of it", () => {
  it("is recorded before its body starts, over a network", async () => {
    const { fn, did } = order();
    expect(opsOf(await call(fn))).toMatchObject([{ op: "StepPlanned", opts: isAlways }]);
    expect(did).toEqual([]);
    expect(opsOf(await call(fn, { stepId: hash("charge") }))).toMatchObject([
      { op: "StepRun", opts: isAlways },
    ]);
    expect(did).toEqual([`charge ${key}`]);
  });

  it("is recorded before its body starts, in the engine's process, and once", async () => {
    const { fn, did } = order();
    const { host, session } = start(fn, { manual: true });
    await host.reported(1);
    expect(host.ops).toMatchObject([{ op: "StepPlanned", opts: isAlways }]);
    await settled();
    expect(did).toEqual([]);
    host.acknowledge();
    await host.reported(2);
    expect(did).toEqual([`charge ${key}`]);
    host.acknowledge();
    await session.answer;
    expect(host.ops.map(({ op }) => op)).toEqual(["StepPlanned", "StepRun"]);
  });

  it("is not recorded again for its next attempt", async () => {
    const { fn } = order();
    const pending = { [hash("charge")]: { state: "run", attempt: 1 } as const };
    const { host, session } = start(fn, { pending });
    await session.answer;
    expect(host.ops).toMatchObject([{ op: "StepRun", attempt: 1 }]);
  });
});

async function undo(steps: Record<string, Json>, transport: "network" | "process"): Promise<unknown> {
  const { fn, did } = order();
  const overrides: RemoteOverrides = { steps, stepId: `rollback:${hash("charge")}` };
  if (transport === "network") await call(fn, overrides);
  else {
    const request = inlineCall({ steps });
    const ctx = { ...request.ctx, step_id: `rollback:${hash("charge")}` };
    await fn[INLINE].call(fn.id("app"), { ...request, ctx }, new FakeHost()).answer;
  }
  return did;
}

describe.each(["network", "process"] as const)("its rollback, over the %s", (transport) => {
  it("gets the step's output, and the key that the step had", async () => {
    expect(await undo({ [hash("charge")]: { data: "ch_1" } }, transport)).toEqual([["ch_1", key]]);
  });

  it("gets undefined where the step's result is not known", async () => {
    expect(await undo({}, transport)).toEqual([[undefined, key]]);
  });

  it("gets undefined where the step failed", async () => {
    const failed = { error: { name: "Error", message: "timed out" } };
    expect(await undo({ [hash("charge")]: failed }, transport)).toEqual([[undefined, key]]);
  });
});

describe("a rollback for completed steps only", () => {
  it("is not run for a step whose result is not known", async () => {
    const given: unknown[] = [];
    const fn = client.createFunction({ id: "plain" }, trigger, async ({ step }) => {
      await step.run("charge", () => 1).rollback((charge) => void given.push(charge));
    });
    const answer = await call(fn, { steps: {}, stepId: `rollback:${hash("charge")}` });
    expect(answer).toMatchObject({ kind: "error", error: { name: "RollbackNotReached" } });
    expect(given).toEqual([]);
  });
});
