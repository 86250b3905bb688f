import { hashStepId } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { complete, memo, ops, RemoteApp, type Script, sleep } from "./remote-app.ts";

const invoke = (target: string) => ({
  id: hashStepId("ask"),
  op: "InvokeFunction" as const,
  displayName: "ask",
  opts: { function_id: target, payload: { data: {} } },
});

const asks =
  (target: string): Script =>
  (request) =>
    memo(request, "ask") === undefined ? ops(invoke(target)) : complete(memo(request, "ask") as string);

/** A run that waits for a child, which waits for one that sleeps; and one of the sleeper that nobody asked for. */
async function family(): Promise<RemoteApp> {
  const app = new RemoteApp();
  const nap: Script = (request) =>
    memo(request, "nap") === undefined ? ops(sleep("nap", "1h")) : complete("rested");
  await app.register([
    { id: "app-parent", triggers: [{ event: "go" }], script: asks("app-child") },
    { id: "app-child", script: asks("app-nap") },
    { id: "app-nap", triggers: [{ event: "nap" }], script: nap },
  ]);
  await app.send("nap");
  await app.send("go");
  await app.clock.advance(1_000);
  return app;
}

async function statuses(app: RemoteApp): Promise<string[]> {
  const runs = [];
  for (const id of ["app-parent", "app-child", "app-nap"]) runs.push(...(await app.runs(id)));
  return runs.map((run) => run.status);
}

describe("cancelling a run that has invoked others", () => {
  it("leaves them alone, and they go on", async () => {
    const app = await family();
    await app.engine.cancelRun({ runId: (await app.onlyRun("app-parent")).id });
    await app.clock.advance(1_000);
    expect(await statuses(app)).toEqual(["cancelled", "running", "running", "running"]);
    await app.clock.advance(3_600_000);
    expect(await statuses(app)).toEqual(["cancelled", "completed", "completed", "completed"]);
  });

  it("with its children cancels theirs, too, and no other run of the same functions", async () => {
    const app = await family();
    const { id: runId } = await app.onlyRun("app-parent");
    await app.engine.cancelRun({ runId, children: true });
    await app.clock.advance(1_000);
    expect(await statuses(app)).toEqual(["cancelled", "cancelled", "running", "cancelled"]);
    const events = await app.store.listEvents({ name: "inngest/function.cancelled" });
    expect(events).toHaveLength(3);
    await expect(app.engine.cancelRun({ runId })).rejects.toMatchObject({ code: "run_already_ended" });
    await app.engine.cancelRun({ runId, children: true });
  });
});
