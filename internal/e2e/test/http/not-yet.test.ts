import * as official from "inngest-official";
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

test("a model call made by the server fails the run at once, and names the operation", async () => {
  const { app, client, api } = await newApp();
  const model = official.openai({ model: "m", apiKey: "k", baseUrl: "http://127.0.0.1:1" });
  const fn = client.createFunction({ id: "ask", triggers: { event: app.event("go") } }, async ({ step }) =>
    step.ai.infer("infer", { model, body: { messages: [{ role: "user", content: "hello" }] } }),
  );
  await app.start([fn]);
  expect(await api.outcome(await app.send("go"))).toMatchObject({
    status: "FAILED",
    output: { code: "invalid_request", message: expect.stringContaining("AIGateway") },
  });
});
