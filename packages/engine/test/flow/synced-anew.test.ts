import type { FunctionRow } from "@stepfast/store";
import { describe, expect, it, vi } from "vitest";
import { settle } from "../fake-clock.ts";
import { LimitedApp } from "./limited-app.ts";

/** Does something while the app registers what it has already, and what the store says of functions is on its way. */
async function whileSynced(app: LimitedApp, act: () => Promise<unknown>): Promise<void> {
  const listFunctions = app.store.listFunctions.bind(app.store);
  let answer = () => {};
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const spy = vi.spyOn(app.store, "listFunctions").mockImplementation(async (): Promise<FunctionRow[]> => {
    const rows = await listFunctions();
    await slow;
    return rows;
  });
  const functions = app.engine.functions().map(({ config }) => config);
  const url = "http://127.0.0.1/api/inngest";
  const synced = app.engine.registerRemote({ url, appName: "app", sdk: "js:v0", v: "0.1", functions });
  await settle();
  spy.mockRestore();
  await act();
  answer();
  await synced;
}

describe("while an app says again what it has", () => {
  it("its paused functions are paused", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn" });
    await whileSynced(app, () => app.sendAll([{ no: 0 }]));
    await app.clock.advance(5_000);
    expect(app.visits).toEqual([]);
  });

  it("limits that were changed are in force", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 3 });
    const { limits } = app.engine;
    await limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 1 });
    await whileSynced(app, () => app.sendAll([{ no: 0 }, { no: 1 }, { no: 2 }]));
    await app.clock.advance(10_000);
    expect(app.peaks(({ functionId }) => functionId)).toEqual(new Map([["app-lane", 1]]));
  });

  it("what is decided of it meanwhile counts", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 3 });
    const { limits } = app.engine;
    const change = () => limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 1 });
    await whileSynced(app, change);
    expect(limits.list("app-lane").limits).toMatchObject([{ inForce: { limit: 1 } }]);
  });
});
