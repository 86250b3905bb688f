import { Inngest } from "inngest-official";
import { getSandboxError, sandboxMiddleware } from "inngest-official/experimental";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";
import { theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

/* PROTOCOL §8, SERVER §4.4: machines of the hosted service. A server of one's own has none, and says so. */

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

async function serverUrl(): Promise<string> {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  return server.url;
}

test("the SDK's client is told that there are none, with a code, and that asking again is of no use", async () => {
  const client = new Inngest({ id: "vm", baseUrl: await serverUrl(), isDev: true, logger: quiet });
  const id = "7d1c1d6e-7a1f-4a58-9d3e-0a2f6a1b2c3d";
  for (const ask of [
    () => client.sandboxes.create({ name: "one", vcpu: 2, memoryMb: 2048 }),
    () => client.sandboxes.list(),
    () => client.sandboxes.get(id),
    () => client.sandboxes.snapshots.list(),
  ]) {
    const error = await ask().then(
      () => null,
      (thrown: unknown) => getSandboxError(thrown),
    );
    expect(error).toMatchObject({
      code: "sandboxes_unavailable",
      status: 501,
      retryable: false,
      ambiguous: false,
    });
  }
});

test("a step that wants one fails once and for good, and the function may catch it", async () => {
  const app = new App(theirs, new Api(await serverUrl()), { middleware: [sandboxMiddleware()] as never });
  cleanUps.add(() => app.stop());
  const fn = app.client.createFunction(
    { id: "vm", triggers: { event: app.event("go") }, retries: 3 },
    async ({ step }) => {
      // biome-ignore lint/suspicious/noExplicitAny: the middleware's tools are not in the types that the suite shares
      const { sandbox } = step as any;
      try {
        await sandbox.create("machine", { name: "one", vcpu: 2, memoryMb: 2048 });
        return "created";
      } catch (error) {
        return getSandboxError(error)?.code;
      }
    },
  );
  await app.start([fn]);
  const run = await app.api.outcome(await app.send("go"));
  expect(run).toMatchObject({ status: "COMPLETED", output: "sandboxes_unavailable" });
  expect(app.exchanges.filter(({ path }) => path === "/v2/sandboxes")).toHaveLength(1);
});

test.each(["/v2/sandboxes/x/processes/y/output/stream", "/api/v2/snapshots/z"])("%s", async (path) => {
  const response = await fetch(`${await serverUrl()}${path}`);
  expect(response.status).toBe(501);
  expect(await response.json()).toMatchObject({ errors: [{ code: "sandboxes_unavailable" }] });
});
