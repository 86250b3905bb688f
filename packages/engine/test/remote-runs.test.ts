import { hashStepId } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, failed, memo, ops, planned, RemoteApp, ran, sleep } from "./remote-app.ts";

describe("a run over HTTP", () => {
  it("goes step by step and ends with its output", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-pay",
        triggers: [{ event: "order/placed", expression: "event.data.total > 10" }],
        script: (request) => {
          if (memo(request, "charge") === undefined) return ops(ran("charge", { id: "ch_1" }));
          return complete({ charge: (memo(request, "charge") as { data: { id: string } }).data.id });
        },
      },
    ]);
    await app.send("order/placed", { total: 5 });
    const eventId = await app.send("order/placed", { total: 50 });
    const run = await app.onlyRun("app-pay");
    expect(run).toMatchObject({ status: "completed", eventId, output: '{"charge":"ch_1"}', owner: null });
    expect(app.calls.map((call) => call.stepId)).toEqual(["step", "step"]);
  });

  it("runs parallel steps in calls of their own and discovers once when all are done", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-fan",
        triggers: [{ event: "go" }],
        script: (request, call) => {
          if (call.stepId === hashStepId("a")) return ops(ran("a", 1));
          if (call.stepId === hashStepId("b")) return ops(ran("b", 2));
          return memo(request, "a") === undefined ? ops(planned("a"), planned("b")) : complete("done");
        },
      },
    ]);
    await app.send("go");
    expect((await app.onlyRun("app-fan")).status).toBe("completed");
    expect(app.calls.map((call) => call.stepId)).toEqual(["step", hashStepId("a"), hashStepId("b"), "step"]);
    expect(app.calls.at(-1)?.request.ctx.disable_immediate_execution).toBe(false);
  });

  it("sleeps without being held in memory, and resumes on time", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-nap",
        triggers: [{ event: "go" }],
        script: (request) =>
          memo(request, "nap") === undefined ? ops(sleep("nap", "1h30m")) : complete("awake"),
      },
    ]);
    await app.send("go");
    expect(await app.onlyRun("app-nap")).toMatchObject({
      status: "running",
      owner: null,
      blocked: "waiting",
    });
    await app.clock.advance(90 * 60_000 - 1);
    expect(app.calls).toHaveLength(1);
    await app.clock.advance(1);
    expect((await app.onlyRun("app-nap")).status).toBe("completed");
  });

  it("retries a step with back-off, then hands its failure to the function", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-flaky",
        retries: 1,
        triggers: [{ event: "go" }],
        script: (request) => {
          const value = memo(request, "risky") as { error?: { message: string } } | undefined;
          if (value?.error) return complete(`caught ${value.error.message}`);
          return ops({ id: hashStepId("risky"), op: "StepError", error: { name: "Error", message: "no" } });
        },
      },
    ]);
    await app.send("go");
    expect(app.calls).toHaveLength(1);
    await app.clock.advance(15_000);
    expect(app.calls.map((call) => call.request.ctx.attempt)).toEqual([0, 1, 0]);
    expect((await app.onlyRun("app-flaky")).output).toBe('"caught no"');
    expect(await app.store.listAttempts((await app.onlyRun("app-flaky")).id)).toHaveLength(2);
  });

  it("fails after the last attempt of the function and emits the failure once", async () => {
    const app = new RemoteApp();
    const handled: unknown[] = [];
    await app.register([
      { id: "app-bad", retries: 2, triggers: [{ event: "go" }], script: () => failed("boom") },
      {
        id: "app-bad-failure",
        triggers: [{ event: "inngest/function.failed", expression: "event.data.function_id == 'app-bad'" }],
        script: (request) => {
          handled.push(request.event.data);
          return complete(null);
        },
      },
    ]);
    await app.send("go", { n: 1 });
    await app.clock.advance(60_000);
    expect((await app.onlyRun("app-bad")).status).toBe("failed");
    expect(handled).toHaveLength(1);
    expect(handled[0]).toMatchObject({
      function_id: "app-bad",
      run_id: (await app.onlyRun("app-bad")).id,
      error: { name: "Error", message: "boom", error: "boom" },
      event: { name: "go", data: { n: 1 } },
    });
  });

  it("resolves a wait by the event that matches, and by none that does not", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-wait",
        triggers: [{ event: "order/placed" }],
        script: (request) => {
          const paid = memo(request, "paid") as { data: object } | null | undefined;
          if (paid !== undefined) return complete(paid === null ? "late" : (paid.data as never));
          return ops({
            id: hashStepId("paid"),
            op: "WaitForEvent",
            name: "order/paid",
            opts: { timeout: "1h", if: "event.data.id == async.data.id" },
          });
        },
      },
    ]);
    await app.send("order/placed", { id: 7 });
    await app.send("order/placed", { id: 8 });
    await app.send("order/paid", { id: 9 });
    expect(app.calls).toHaveLength(2);
    await app.send("order/paid", { id: 8, amount: 3 });
    const runs = await app.runs("app-wait");
    expect(runs.map((run) => run.status)).toEqual(["running", "completed"]);
    expect(runs[1]?.output).toBe('{"id":8,"amount":3}');
    await app.clock.advance(3_600_000);
    expect((await app.runs("app-wait"))[0]).toMatchObject({ status: "completed", output: '"late"' });
  });

  it("invokes another function and takes its output, its failure, and the lack of it", async () => {
    const app = new RemoteApp();
    const invoke = (id: string, target: string, timeout?: string) => ({
      id: hashStepId(id),
      op: "InvokeFunction" as const,
      opts: { function_id: target, payload: { data: { n: 4 } }, ...(timeout ? { timeout } : {}) },
    });
    await app.register([
      {
        id: "app-parent",
        triggers: [{ event: "go" }],
        script: (request) => {
          for (const [id, target] of [
            ["ok", "app-double"],
            ["bad", "app-broken"],
            ["none", "app-missing"],
          ] as const) {
            if (memo(request, id) === undefined) return ops(invoke(id, target));
          }
          return complete([memo(request, "ok"), memo(request, "bad"), memo(request, "none")] as never);
        },
      },
      { id: "app-double", script: (request) => complete((request.event.data.n as number) * 2) },
      { id: "app-broken", script: () => failed("broken", true) },
    ]);
    await app.send("go");
    await settle();
    const parent = await app.onlyRun("app-parent");
    expect(parent.status).toBe("completed");
    const [ok, bad, none] = JSON.parse(parent.output ?? "null");
    expect(ok).toEqual({ data: 8 });
    expect(bad.error.message).toBe("broken");
    expect(none.error.message).toContain("app-missing");
    const child = await app.onlyRun("app-double");
    expect(child).toMatchObject({ origin: "invoke", parentRunId: parent.id, parentStepId: hashStepId("ok") });
  });

  it("starts the defers of a failed run, and none that was aborted", async () => {
    const app = new RemoteApp();
    const add = (id: string) => ({
      id: hashStepId(id),
      op: "DeferAdd" as const,
      displayName: id,
      opts: { fn_slug: `app-${id}`, input: { charge: id } },
    });
    const seen: unknown[] = [];
    const deferred = (id: string) => ({
      id: `app-${id}`,
      triggers: [
        { event: "inngest/deferred.schedule", expression: `event.data._inngest.fn_slug == 'app-${id}'` },
      ],
      script: (request: { event: { data: unknown } }) => {
        seen.push(request.event.data);
        return complete(null);
      },
    });
    await app.register([
      {
        id: "app-order",
        triggers: [{ event: "go" }],
        script: (request) => {
          if (memo(request, "charge") === undefined) return ops(ran("charge", 1));
          if (memo(request, "ship") === undefined) {
            const abort = { target_hashed_id: hashStepId("release"), fn_slug: "app-release", id: "release" };
            return ops(
              add("refund"),
              add("release"),
              { id: "x", op: "DeferAbort", opts: abort },
              ran("ship", 2),
            );
          }
          return failed("late failure", true);
        },
      },
      deferred("refund"),
      deferred("release"),
    ]);
    await app.send("go");
    const order = await app.onlyRun("app-order");
    expect(order.status).toBe("failed");
    expect(await app.runs("app-release")).toEqual([]);
    expect(await app.onlyRun("app-refund")).toMatchObject({
      origin: "defer",
      parentRunId: order.id,
      status: "completed",
    });
    expect(seen).toEqual([
      { charge: "refund", _inngest: expect.objectContaining({ parent_run_id: order.id }) },
    ]);
  });

  it("cancels a waiting run at once, and one that calls after its answer", async () => {
    const app = new RemoteApp();
    let answer = (_: unknown) => {};
    await app.register([
      { id: "app-nap", triggers: [{ event: "nap" }], script: () => ops(sleep("nap", "1d")) },
      {
        id: "app-busy",
        triggers: [{ event: "busy" }],
        script: async (request) => {
          if (memo(request, "one") !== undefined) throw new Error("must not be called again");
          await new Promise((resolve) => (answer = resolve));
          return ops(ran("one", 1));
        },
      },
    ]);
    await app.send("nap");
    await app.send("busy");
    const nap = await app.onlyRun("app-nap");
    const busy = await app.onlyRun("app-busy");
    await app.engine.cancelRun({ runId: nap.id });
    await app.engine.cancelRun({ runId: busy.id });
    expect((await app.onlyRun("app-nap")).status).toBe("cancelled");
    expect((await app.onlyRun("app-busy")).status).toBe("running");
    answer(null);
    await settle();
    expect((await app.onlyRun("app-busy")).status).toBe("cancelled");
    expect((await app.store.loadRun(busy.id))?.steps[0]).toMatchObject({ status: "completed" });
    await expect(app.engine.cancelRun({ runId: busy.id })).rejects.toMatchObject({
      code: "run_already_ended",
    });
  });

  it("cancels by event, by its rule's expression", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-nap",
        triggers: [{ event: "reminder/created" }],
        cancel: [{ event: "reminder/deleted", if: "event.data.id == async.data.id" }],
        script: () => ops(sleep("nap", "1d")),
      },
    ]);
    await app.send("reminder/created", { id: "a" });
    await app.send("reminder/created", { id: "b" });
    await app.send("reminder/deleted", { id: "b" });
    expect((await app.runs("app-nap")).map((run) => run.status)).toEqual(["running", "cancelled"]);
  });

  it("passes a signal to the one that waits, and lets a second waiter fail", async () => {
    const app = new RemoteApp();
    await app.register([
      {
        id: "app-sig",
        triggers: [{ event: "go" }],
        script: (request) => {
          const value = memo(request, "sig");
          if (value !== undefined) return complete(value as never);
          return ops({
            id: hashStepId("sig"),
            op: "WaitForSignal",
            name: "s1",
            opts: { signal: "s1", timeout: "1h" },
          });
        },
      },
    ]);
    await expect(app.engine.sendSignal({ signal: "s1", data: 1 })).rejects.toMatchObject({
      code: "signal_not_found",
    });
    await app.send("go");
    await app.send("go");
    const [first, second] = await app.runs("app-sig");
    expect(JSON.parse(second?.output ?? "{}").error.name).toBe("SignalConflict");
    const { runId } = await app.engine.sendSignal({ signal: "s1", data: { ok: 1 } });
    expect(runId).toBe(first?.id);
    await settle();
    expect((await app.runs("app-sig"))[0]?.output).toBe('{"data":{"signal":"s1","data":{"ok":1}}}');
  });

  it("takes an event once per id, and starts one run per idempotency key", async () => {
    const app = new RemoteApp({ leaseMs: 3 * 3_600_000 });
    await app.register([
      {
        id: "app-once",
        triggers: [{ event: "go" }],
        idempotency: "event.data.cart",
        script: () => complete(1),
      },
    ]);
    const first = await app.engine.send([{ id: "e1", name: "go", data: { cart: "c1" } }]);
    const again = await app.engine.send([{ id: "e1", name: "go", data: { cart: "c1" } }]);
    expect(again.ids).toEqual(first.ids);
    await app.engine.send([
      { name: "go", data: { cart: "c1" } },
      { name: "go", data: { cart: "c2" } },
    ]);
    await settle();
    const runs = await app.runs("app-once");
    expect(runs.map((run) => run.status)).toEqual(["completed", "skipped", "completed"]);
    expect(JSON.parse(runs[1]?.output ?? "null")).toEqual({
      reason: "idempotency",
      existingRunId: runs[0]?.id,
    });
    await app.clock.advance(24 * 3_600_000);
    await app.engine.send([{ id: "e1", name: "go", data: { cart: "c1" } }]);
    await settle();
    expect((await app.runs("app-once")).at(-1)?.status).toBe("completed");
  });

  it("continues on another node after a crash, without running a recorded step again", async () => {
    const app = new RemoteApp();
    const bodies: string[] = [];
    await app.register([
      {
        id: "app-two",
        triggers: [{ event: "go" }],
        script: async (request) => {
          if (memo(request, "one") === undefined) {
            bodies.push("one");
            return ops(ran("one", 1));
          }
          if (bodies.filter((id) => id === "two").length === 0) {
            bodies.push("two");
            return new Promise(() => {});
          }
          bodies.push("two");
          return complete("ok");
        },
      },
    ]);
    await app.send("go");
    expect(bodies).toEqual(["one", "two"]);
    app.engine.crash();
    const other = app.takeOver();
    await other.start();
    await app.clock.advance(30_000);
    expect(bodies).toEqual(["one", "two", "two"]);
    expect((await app.onlyRun("app-two")).status).toBe("completed");
  });
});
