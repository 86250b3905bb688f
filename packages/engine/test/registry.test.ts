import { isShared } from "@stepfast/store";
import { expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, RemoteApp } from "./remote-app.ts";

it("an app that is registered while an older list of apps is being read is not forgotten", async () => {
  const app = new RemoteApp({ isShared: true });
  await app.engine.start();
  const listApps = app.store.listApps.bind(app.store);
  let arrive = () => {};
  const looked = vi.spyOn(app.store, "listApps").mockImplementationOnce(async () => {
    const found = await listApps();
    await new Promise<void>((resolve) => {
      arrive = resolve;
    });
    return found;
  });
  // Another node puts an app: this one finds out, and reads them all.
  const other = { id: "other", url: "http://127.0.0.1/other", checksum: "1", createdAt: 1, syncedAt: 1 };
  const row = { ...other, sdk: null, framework: null, appVersion: null, error: null };
  await app.store.putApp({ app: row, functions: [], now: 1 });
  await app.clock.advance(5_000);
  expect(looked).toHaveBeenCalledTimes(1);

  app.scripts.set("app-new", () => complete("done"));
  const runtime = { type: "http" as const, url: "http://127.0.0.1/api/inngest" };
  const step = { id: "step", name: "step", runtime };
  const config = { id: "app-new", name: "new", triggers: [{ event: "go" }], steps: { step } };
  const { url } = runtime;
  await app.engine.registerRemote({ url, appName: "app", sdk: "js:v0", v: "0.1", functions: [config] });
  // And hears of nothing more for now.
  if (isShared(app.store)) vi.spyOn(app.store, "news").mockImplementation(() => new Promise(() => {}));
  arrive();
  await settle();
  await app.send("go");

  expect((await app.onlyRun("app-new")).status).toBe("completed");
});
