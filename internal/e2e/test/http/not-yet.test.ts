import type * as official from "inngest-official";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/* What the official SDK can ask for and this server does not do yet: it says so, and nothing hangs. */

async function newApp(): Promise<{ app: App; client: official.Inngest; api: Api }> {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const api = new Api(server.url);
  const app = new App(theirs, api);
  cleanUps.add(() => app.stop());
  return { app, client: app.client as unknown as official.Inngest, api };
}

test("flow control is registered and shown; runs start as if it were not there", async () => {
  const { app, client, api } = await newApp();
  const flow = {
    concurrency: { limit: 1, key: "event.data.user" },
    throttle: { limit: 1, period: "1h" as const },
    priority: { run: "event.data.rank" },
  };
  const fn = client.createFunction(
    { id: "busy", triggers: { event: app.event("go") }, ...flow },
    ({ event }) => event.data.n,
  );
  await app.start([fn]);
  const [shown] = await api.get<{ configuration: object }[]>(`/v2/apps/${app.id}/functions`);
  expect(shown?.configuration).toMatchObject({
    concurrency: [flow.concurrency],
    throttle: flow.throttle,
    priority: flow.priority.run,
  });
  const ids = await Promise.all([1, 2].map((n) => app.send("go", { n, user: "u", rank: n })));
  const runs = await Promise.all(ids.map((id) => api.outcome(id)));
  expect(runs.map((run) => run.output)).toEqual([1, 2]);
});
