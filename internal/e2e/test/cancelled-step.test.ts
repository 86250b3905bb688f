import { afterEach, describe, expect, test } from "vitest";
import { ConnectedApp } from "./connect/connected-app.ts";
import { Api } from "./http/api.ts";
import { Gate } from "./http/gate.ts";
import { deploy, worldOf } from "./http/modes.ts";
import { ours } from "./http/sdk.ts";
import { App, CleanUps, devServer } from "./http/world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface Stage {
  app: App;
  api: Api;
  start(functions: readonly unknown[]): Promise<void>;
}

async function development(isConnected: boolean, checkpointing: boolean): Promise<Stage> {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const api = new Api(server.url);
  const app = isConnected
    ? new ConnectedApp(ours, api, { checkpointing })
    : new App(ours, api, { checkpointing });
  cleanUps.add(() => app.stop());
  return { app, api, start: (functions) => app.start(functions) };
}

async function production(): Promise<Stage> {
  const world = await worldOf("production");
  cleanUps.add(() => world.cleanUps.run());
  return { app: world.app, api: world.api, start: (functions) => deploy(world, functions) };
}

const stages: [string, () => Promise<Stage>][] = [
  ["over HTTP", () => development(false, false)],
  ["over HTTP, with checkpoints", () => development(false, true)],
  ["over HTTP, with keys", production],
  ["of a worker that connects", () => development(true, true)],
];

describe.each(stages)("a step that executes when its run is cancelled, %s", (_how, stageOf) => {
  test("is told so, completes, and is recorded; nothing comes after it", async () => {
    const { app, api, start } = await stageOf();
    const gate = new Gate();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "long", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("copy", async ({ signal }) => {
          const told = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          gate.open();
          await told;
          return ledger.note("stopped early", "half of it");
        });
        await step.run("after", () => ledger.note("after"));
      },
    );
    await start([fn]);
    const [{ id: runId } = { id: "" }] = await api.runsOf(await app.send("go"));
    await gate.opened;
    expect((await api.cancel(runId)).status).toBe(204);
    expect(await api.ended(runId)).toMatchObject({ status: "CANCELLED" });
    expect(ledger.lines).toEqual(["stopped early"]);
    const events = await api.get<{ name: string; data: { run_id?: string; steps?: object } }[]>(
      "/v1/events?name=inngest/function.cancelled&includeInternal=true",
    );
    const [told] = events.filter(({ data }) => data.run_id === runId);
    expect(told?.data.steps).toEqual({ copy: "half of it" });
  });
});
