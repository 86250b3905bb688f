import type { CallAnswer } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
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
});
