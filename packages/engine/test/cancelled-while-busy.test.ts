import { type CallAnswer, hashStepId, type Op, systemEvents } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, ops, planned, RemoteApp, ran, type Script } from "./remote-app.ts";

/** A run whose function is being called, and is cancelled meanwhile; what the call answers then. */
async function cancelledWhileCalled(answer: CallAnswer): Promise<RemoteApp> {
  const app = new RemoteApp();
  let reply = (_: CallAnswer) => {};
  const busy = new Promise<CallAnswer>((resolve) => {
    reply = resolve;
  });
  await app.register([
    { id: "app-fn", triggers: [{ event: "go" }], script: () => busy },
    { id: "app-child", script: () => complete("done") },
  ]);
  await app.send("go");
  await app.engine.cancelRun({ runId: (await app.onlyRun("app-fn")).id });
  reply(answer);
  await settle();
  expect((await app.onlyRun("app-fn")).status).toBe("cancelled");
  return app;
}

describe("a run that is cancelled while its function is called", () => {
  it("tells what the step that was executing returned", async () => {
    const app = await cancelledWhileCalled(ops(ran("charge", "ch_1")));
    const [event] = await app.store.listEvents({ name: systemEvents.functionCancelled });
    expect(JSON.parse(event?.data ?? "{}")).toMatchObject({ steps: { charge: "ch_1" } });
  });

  it("begins nothing that the call asks for", async () => {
    const invoke = {
      id: hashStepId("ask"),
      op: "InvokeFunction",
      opts: { function_id: "app-child" },
    } as const;
    const app = await cancelledWhileCalled(ops(ran("charge", "ch_1"), invoke));
    expect(await app.runs("app-child")).toEqual([]);
    const loaded = await app.store.loadRun((await app.onlyRun("app-fn")).id);
    expect(loaded?.steps.map((step) => step.name)).toEqual(["charge"]);
  });
});

it("a run that is cancelled waits for no signal any more, though a step of its still executes", async () => {
  const app = new RemoteApp();
  const stepId = hashStepId("charge");
  const wait: Op = {
    id: hashStepId("approval"),
    op: "WaitForSignal",
    opts: { signal: "approve", timeout: "1h" },
  };
  let charged = (_: CallAnswer) => {};
  const charging = new Promise<CallAnswer>((resolve) => {
    charged = resolve;
  });
  const script: Script = (_, call) => (call.stepId === stepId ? charging : ops(wait, planned("charge")));
  await app.register([{ id: "app-fn", triggers: [{ event: "go" }], script }]);
  await app.send("go");
  const { id: runId } = await app.onlyRun("app-fn");
  await app.engine.cancelRun({ runId });
  const signal = app.engine.sendSignal({ signal: "approve", data: true });
  await expect(signal).rejects.toMatchObject({ code: "signal_not_found" });
  charged(ops(ran("charge", "ch_1")));
  await settle();
  expect(await app.onlyRun("app-fn")).toMatchObject({ status: "cancelled" });
});
