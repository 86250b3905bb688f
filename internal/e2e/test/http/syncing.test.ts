import { createServer } from "node:http";
import type { DevServer } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, closed, devServer, listenOn } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface AppView {
  id: string;
  functionCount: number;
  method: string;
  latestSync: { status: string; url: string };
}

/** A port of this machine that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOn(server);
  await closed(server);
  return port;
}

describe.each([ours, theirs])("$name", (sdk) => {
  /** An app that is up, but not known to any server; it talks to the address it is given. */
  async function stage(
    options: Parameters<typeof devServer>[0] = {},
  ): Promise<{ app: App; server: DevServer }> {
    // The app wants the server's address and the server the app's: the app's port is found first.
    const scout = new App(sdk, new Api("http://127.0.0.1:1"));
    await scout.serve([]);
    const { url } = scout;
    await scout.stop();
    const server = await devServer({ sdkUrls: [url], ...options });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(sdk, new Api(server.url), {}, Number(new URL(url).port));
    cleanUps.add(() => app.stop());
    return { app, server };
  }

  const functionsOf = (app: App) => async () =>
    (await app.api.get<{ id: string }[]>(`/v2/apps/${app.id}/functions`).catch(() => []))
      .map((fn) => fn.id)
      .sort();

  function fn(app: App, id: string, event = "go") {
    return app.client.createFunction({ id, triggers: { event: app.event(event) } }, () => id);
  }

  test("an app given by its URL is asked for its functions until it is there (in band)", async () => {
    const { app } = await stage();
    await app.serve([fn(app, "a")]);
    await until("the sync", functionsOf(app), (ids) => ids.length === 1);
    expect(app.asked(/register/)).toBe(0);
    expect((await app.api.outcome(await app.send("go"))).output).toBe("a");
    const known = (await app.api.get<AppView[]>("/v2/apps")).find(({ id }) => id === app.id);
    expect(known).toMatchObject({ functionCount: 1, method: "SERVE" });
  });

  test("an app that is told to sync registers by itself (out of band)", async () => {
    const { app } = await stage({ sdkUrls: [] });
    await app.serve([fn(app, "a")]);
    const sync = async () => {
      const response = await app.put();
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await sync()).toMatchObject({ status: 200, modified: true });
    expect(await sync()).toMatchObject({ status: 200, modified: false });
    expect(app.exchanges).toMatchObject([
      { method: "POST", path: "/fn/register", status: 200 },
      { method: "POST", path: "/fn/register", status: 200 },
    ]);
    expect((await app.api.outcome(await app.send("go"))).output).toBe("a");
  });

  test("functions that come and go are noticed", async () => {
    const { app } = await stage({ poll: true });
    await app.serve([fn(app, "a"), fn(app, "b")]);
    await until("two functions", functionsOf(app), (ids) => ids.length === 2);
    await app.serve([fn(app, "b"), fn(app, "c"), fn(app, "d", "other")]);
    const slugs = ["b", "c", "d"].map((id) => `${app.id}-${id}`);
    expect(await until("the new functions", functionsOf(app), (ids) => ids.length === 3)).toEqual(slugs);
    const runs = await app.api.runsOf(await app.send("go"));
    expect(runs.map((run) => run.function.id).sort()).toEqual(slugs.slice(0, 2));
  });

  test("an app is found by itself, followed as it changes and goes, and found again elsewhere", async () => {
    const [here, there] = [await freePort(), await freePort()];
    const server = await devServer({ discover: { ports: [here, there] }, poll: true });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(sdk, new Api(server.url), {}, here);
    cleanUps.add(() => app.stop());
    const viewOf = async () => (await app.api.get<AppView[]>("/v2/apps")).find(({ id }) => id === app.id);
    await app.serve([fn(app, "a")]);
    await until("the app to be found", functionsOf(app), (ids) => ids.length === 1);
    expect((await app.api.outcome(await app.send("go"))).output).toBe("a");
    await app.serve([fn(app, "b"), fn(app, "c")]);
    await until("the change", functionsOf(app), (ids) => ids.length === 2);
    await app.stop();
    const gone = await until("its end", viewOf, (view) => view?.latestSync.status === "error");
    expect(gone).toMatchObject({ functionCount: 2 });
    await app.serveAt(new App(sdk, app.api, {}, there), [fn(app, "b")]);
    await until("the app at its new place", functionsOf(app), (ids) => ids.length === 1);
    const back = await until("its next sync", viewOf, (view) => view?.latestSync.status === "success");
    expect(back).toMatchObject({
      functionCount: 1,
      latestSync: { url: expect.stringContaining(`:${there}/`) },
    });
    expect((await app.api.outcome(await app.send("go"))).output).toBe("b");
  });

  test("a run whose function is gone waits until it is back", async () => {
    const { app } = await stage({ sdkUrls: [] });
    const waiting = app.client.createFunction(
      { id: "waiting", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return step.run("last", () => app.ledger.note("last", "done"));
      },
    );
    await app.start([waiting]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await app.api.runsOf(id);
    await app.api.waiting(runId, "event");
    await app.start([fn(app, "a", "other")]);
    await app.send("news");
    const held = await app.api.waiting(runId, "blocked");
    expect(held.waiting).toContainEqual(expect.objectContaining({ name: "function_missing" }));
    await app.start([waiting]);
    expect((await app.api.outcome(id)).output).toBe("done");
    expect(app.ledger.lines).toEqual(["last"]);
  });

  test("an app that moves is called at its new address, by runs that were under way too", async () => {
    const { app } = await stage({ sdkUrls: [] });
    const moving = app.client.createFunction(
      { id: "moving", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return step.run("last", () => app.ledger.note("last", "done"));
      },
    );
    await app.start([moving]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await app.api.runsOf(id);
    await app.api.waiting(runId, "event");
    const before = app.url;
    await app.stop();
    app.move();
    await app.start([moving]);
    expect(app.url).not.toBe(before);
    await app.send("news");
    expect((await app.api.outcome(id)).output).toBe("done");
  });

  test.each([{ signingKey: `signkey-test-${"ab".repeat(32)}` }, {}])(
    "the run of an app in production mode fails, and says what to do (%o)",
    async (keys) => {
      const { server } = await stage({ sdkUrls: [] });
      const api = new Api(server.url);
      const app = new App(sdk, api, { isDev: false, eventKey: "key", ...keys });
      cleanUps.add(() => app.stop());
      const twin = new App(sdk, api, { id: app.id });
      cleanUps.add(() => twin.stop());
      // Registered as it was in development; started again without it.
      await twin.start([fn(twin, "a")]);
      await app.serveAt(twin, [fn(app, "a")]);
      expect(await api.outcome(await app.send("go"))).toMatchObject({
        status: "FAILED",
        output: { code: "unauthorized", message: expect.stringContaining("INNGEST_DEV=1") },
      });
    },
  );

  test("a function the server refuses is named in the answer", async () => {
    const { app } = await stage({ sdkUrls: [] });
    const wrong = app.client.createFunction(
      { id: "wrong", triggers: { event: app.event("go"), if: "event.data.total >" } },
      () => null,
    );
    await app.serve([fn(app, "a"), wrong]);
    const response = await app.put();
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`${app.id}-wrong`);
    expect(await functionsOf(app)()).toEqual([]);
  });

  test("a sync that fails is told with the app until the next one succeeds", async () => {
    const { app } = await stage({ poll: true });
    const latestSync = async () => {
      const apps =
        await app.api.get<{ id: string; latestSync: { status: string; error: string | null } }[]>("/v2/apps");
      return apps.find(({ id }) => id === app.id)?.latestSync;
    };
    const synced = (status: string) =>
      until(`a sync that ends with ${status}`, latestSync, (sync) => sync?.status === status);
    await app.serve([fn(app, "a")]);
    await synced("success");
    await app.stop();
    expect((await synced("error"))?.error).toContain(app.url);
    expect(await functionsOf(app)()).toEqual([`${app.id}-a`]);
    await app.serve([fn(app, "a")]);
    expect(await synced("success")).toMatchObject({ error: null });
  });
});
