import type { FunctionConfig } from "@stepfast/protocol";
import { isShared } from "@stepfast/store";
import { expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, RemoteApp } from "./remote-app.ts";

const url = "http://127.0.0.1/api/inngest";

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
  const functions = [configOf("app-new")];
  await app.engine.registerRemote({ url, appName: "app", sdk: "js:v0", v: "0.1", functions });
  // And hears of nothing more for now.
  if (isShared(app.store)) vi.spyOn(app.store, "news").mockImplementation(() => new Promise(() => {}));
  arrive();
  await settle();
  await app.send("go");

  expect((await app.onlyRun("app-new")).status).toBe("completed");
});

it("a function keeps to its app: another one whose name and function's id make the same slug is refused as a whole", async () => {
  const app = new RemoteApp();
  const shop = { appName: "shop", functions: [configOf("shop-eu-pay")] };
  const europe = { appName: "shop-eu", functions: [configOf("shop-eu-pay"), configOf("shop-eu-bill")] };
  const register = (given: typeof shop) =>
    app.engine.registerRemote({ url, sdk: "js:v0", v: "0.1", ...given });
  await app.engine.start();
  await register(shop);
  await expect(register(europe)).rejects.toMatchObject({ code: "duplicate_function" });
  const owners = () => app.engine.functions().map(({ slug, appId }) => [slug, appId]);
  expect(owners()).toEqual([["shop-eu-pay", "shop"]]);
  await app.engine.removeApp("shop");
  await register(europe);
  expect(owners()).toEqual([
    ["shop-eu-pay", "shop-eu"],
    ["shop-eu-bill", "shop-eu"],
  ]);
});

function configOf(id: string): FunctionConfig {
  const runtime = { type: "http" as const, url };
  return {
    id,
    name: id,
    triggers: [{ event: "go" }],
    steps: { step: { id: "step", name: "step", runtime } },
  };
}
