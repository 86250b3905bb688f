import { describe, expect, it, vi } from "vitest";
import { fetch } from "../../src/index.ts";
import { OneFunctionApp } from "./app.ts";

const answer = () => Promise.resolve(new Response("here"));

describe("fetch", () => {
  it("is the server's to make within a function", async () => {
    const app = new OneFunctionApp();
    const ops = await app.call(async () => {
      await Promise.resolve();
      return fetch("http://there.test/x", { method: "POST", body: "b" });
    });
    expect(ops).toMatchObject([
      { op: "Gateway", opts: { url: "http://there.test/x", method: "POST", body: "b" } },
    ]);
  });

  it("is the fallback within a step, and where there is no run", async () => {
    const app = new OneFunctionApp();
    const fallback = vi.fn(answer);
    const mine = fetch.config({ fallback });
    const [op] = await app.call(async ({ step }) =>
      step.run("a", async () => {
        await Promise.resolve();
        return (await mine("http://there.test/")).text();
      }),
    );
    expect(op).toMatchObject({ op: "StepRun", data: "here" });
    expect(await (await mine("http://there.test/")).text()).toBe("here");
    expect(fallback).toHaveBeenCalledTimes(2);
    expect(fetch.fallback).not.toBe(fallback);
  });

  it("is refused where a fallback is, and is not wanted", async () => {
    const strict = fetch.config({ fallback: undefined });
    await expect(strict("http://there.test/")).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("is the global one otherwise, whichever that is by then", async () => {
    const before = globalThis.fetch;
    globalThis.fetch = answer as never;
    try {
      expect(await (await fetch("http://there.test/")).text()).toBe("here");
    } finally {
      globalThis.fetch = before;
    }
  });
});
