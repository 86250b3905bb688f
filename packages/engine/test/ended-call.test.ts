import { type CallAnswer, StepfastError } from "@stepfast/protocol";
import { describe, expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, ops, RemoteApp, ran } from "./remote-app.ts";

describe("a checkpoint", () => {
  it("is refused from a call that has ended, though the call after it is of the same epoch", async () => {
    const app = new RemoteApp();
    let finish = (_answer: CallAnswer) => {};
    await app.register([
      {
        id: "app-cut",
        triggers: [{ event: "go" }],
        script: () => {
          if (app.calls.length === 1) return ops(ran("first", 1));
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
    ]);
    await app.send("go");
    const [ended, current] = app.calls.map(({ request, requestId, generation }) => ({
      runId: request.ctx.run_id,
      requestId,
      generation,
    }));
    if (!ended || !current) throw new Error("expected two calls");
    expect(current.generation).toBe(ended.generation);
    await expect(app.engine.checkpoint({ ...ended, ops: [ran("work", "late")] })).rejects.toMatchObject({
      code: "stale_dispatch",
    });
    await app.engine.checkpoint({ ...current, ops: [ran("work", "in time")] });
    finish(complete("done"));
    await settle();
    expect((await app.onlyRun("app-cut")).status).toBe("completed");
    const loaded = await app.store.loadRun(current.runId);
    expect(loaded?.steps.map((step) => step.output)).toEqual(['{"data":1}', '{"data":"in time"}']);
  });

  it("that comes a second time is acknowledged no sooner than the first", async () => {
    const app = new RemoteApp();
    const script = () => new Promise<CallAnswer>(() => {});
    await app.register([{ id: "app-twice", triggers: [{ event: "go" }], script }]);
    await app.send("go");
    const [call] = app.calls;
    if (!call) throw new Error("expected a call");
    const { requestId, generation } = call;
    const checkpoint = { runId: call.request.ctx.run_id, requestId, generation, ops: [ran("work", 1)] };
    let fail = () => {};
    vi.spyOn(app.store, "commit").mockImplementationOnce(
      () =>
        new Promise((_, reject) => {
          fail = () => reject(new StepfastError("store_unavailable", "the store is away"));
        }),
    );
    const answers: string[] = [];
    // Who is tired of waiting asks again.
    const both = [1, 2].map((time) =>
      app.engine.checkpoint(checkpoint).then(
        () => answers.push(`${time} acknowledged`),
        () => answers.push(`${time} refused`),
      ),
    );
    await settle();
    expect(answers).toEqual([]);
    fail();
    await Promise.all(both);
    expect(answers).toEqual(["1 refused", "2 refused"]);
    expect((await app.store.loadRun(checkpoint.runId))?.steps).toEqual([]);
  });
});
