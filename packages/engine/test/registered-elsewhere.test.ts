import type { RegisterRequest } from "@stepfast/protocol";
import { describe, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine.ts";
import { settle } from "./fake-clock.ts";
import { RemoteApp } from "./remote-app.ts";

const url = "http://127.0.0.1/api/inngest";

function app(...names: string[]): RegisterRequest {
  const functions = names.map((name) => ({
    id: `app-${name}`,
    name,
    triggers: [{ event: `app/${name}` }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http" as const, url } } },
  }));
  return { url, appName: "app", sdk: "js:v0", v: "0.1", functions };
}

const namesOf = (engine: Engine) => engine.functions().map(({ config }) => config.name);

/** Two nodes that know the app as it is with these functions. */
async function twoNodes(...names: string[]) {
  const world = new RemoteApp({ isShared: true });
  const { engine: one, clock, store } = world;
  const other = world.takeOver();
  await one.start();
  await other.start();
  await one.registerRemote(app(...names));
  await clock.advance(5_000);
  expect(namesOf(other)).toEqual(names);
  return { one, other, clock, store };
}

describe("an app that says to another node what it has", () => {
  it("is registered, though that node has not heard yet that it was removed", async () => {
    const { one, other, clock } = await twoNodes("first");
    await one.removeApp("app");
    expect(await other.registerRemote(app("first"))).toEqual({ modified: true });
    await clock.advance(5_000);
    expect([namesOf(one), namesOf(other)]).toEqual([["first"], ["first"]]);
  });

  it("has what it said last, though that node has not heard yet of what it said in between", async () => {
    const { one, other, clock } = await twoNodes("first");
    await one.registerRemote(app("first", "second"));
    expect(await other.registerRemote(app("first"))).toEqual({ modified: true });
    await clock.advance(5_000);
    expect([namesOf(one), namesOf(other)]).toEqual([["first"], ["first"]]);
  });

  it("can be removed there at once", async () => {
    const { one, other, store } = await twoNodes("first");
    await one.registerRemote({ ...app(), appName: "late" });
    await other.removeApp("late");
    expect((await store.listApps()).map(({ id }) => id)).toEqual(["app"]);
  });
});

describe("a sync that fails", () => {
  it("does not bring back an app that was removed at another node", async () => {
    const { one, other, store } = await twoNodes("first");
    await one.removeApp("app");
    await other.noteSyncFailure({ appId: "app", error: "it does not answer" });
    expect(await store.listApps()).toEqual([]);
  });

  it("says nothing of an app that was registered anew meanwhile", async () => {
    const { one, other, store } = await twoNodes("first");
    await one.registerRemote({ ...app("first"), appVersion: "2" });
    await other.noteSyncFailure({ appId: "app", error: "it does not answer" });
    expect(await store.listApps()).toMatchObject([{ appVersion: "2", error: null }]);
  });

  it("takes nothing of what the app registers at the same time", async () => {
    const { one, store } = await twoNodes("first");
    const listFunctions = store.listFunctions.bind(store);
    let answer = () => {};
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    vi.spyOn(store, "listFunctions").mockImplementationOnce(async () => {
      const rows = await listFunctions();
      await slow;
      return rows;
    });
    const failed = one.noteSyncFailure({ appId: "app", error: "it does not answer" });
    const registered = one.registerRemote(app("first", "second"));
    await settle();
    answer();
    await Promise.all([failed, registered]);
    const kept = (await store.listFunctions()).filter(({ archivedAt }) => archivedAt === null);
    expect(kept.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(await store.listApps()).toMatchObject([{ error: null }]);
  });
});
