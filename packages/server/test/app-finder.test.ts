import { afterEach, describe, expect, test } from "vitest";
import { AppFinder } from "../src/sync/app-finder.ts";
import { appKey, serveUrl } from "../src/sync/serve-url.ts";
import { reply, type SdkStub, startSdkStub } from "./sdk-stub.ts";

const stubs: SdkStub[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.close();
});

async function stub(handler: Parameters<typeof startSdkStub>[0]): Promise<{ made: SdkStub; port: number }> {
  const made = await startSdkStub(handler);
  stubs.push(made);
  return { made, port: Number(new URL(made.url).port) };
}

const never = new AbortController().signal;

describe("finding apps", () => {
  test("at the first path that answers as an SDK, but for ports left out", async () => {
    const { port } = await stub((request, response) => {
      if (request.url.pathname.startsWith("/x")) reply(response, 200, {});
      else response.writeHead(404).end();
    });
    const finder = new AppFinder({ ports: [port], paths: ["/api/inngest", "/x/inngest", "/x/other"] });
    expect(await finder.find(new Set(), never)).toEqual([`http://localhost:${port}/x/inngest`]);
    expect(await finder.find(new Set([port]), never)).toEqual([]);
  });

  test("a redirect is not followed to somewhere else", async () => {
    const target = await stub((_request, response) => reply(response, 200, {}));
    const { port } = await stub((_request, response) =>
      response.writeHead(302, { location: target.made.url }).end(),
    );
    const finder = new AppFinder({ ports: [port] });
    expect(await finder.find(new Set(), never)).toEqual([]);
    expect(target.made.seen).toEqual([]);
  });

  test("a port that serves something else is asked less and less", async () => {
    const { made, port } = await stub((_request, response) => response.writeHead(404).end());
    const finder = new AppFinder({ ports: [port], paths: ["/api/inngest"] });
    const askedIn: number[] = [];
    for (let round = 0; round < 30; round++) {
      const before = made.seen.length;
      await finder.find(new Set(), never);
      if (made.seen.length > before) askedIn.push(round);
    }
    expect(askedIn).toEqual([0, 1, 3, 7, 15, 28]);
  });

  test("and is asked at once when it comes back after it was closed", async () => {
    const { made, port } = await stub((_request, response) => response.writeHead(404).end());
    const finder = new AppFinder({ ports: [port], paths: ["/api/inngest"] });
    for (let round = 0; round < 5; round++) await finder.find(new Set(), never);
    await made.close();
    expect(await finder.find(new Set(), never)).toEqual([]);
    stubs.push(await startSdkStub((_request, response) => reply(response, 200, {}), port));
    expect(await finder.find(new Set(), never)).toEqual([`http://localhost:${port}/api/inngest`]);
  });

  test("nothing is asked once it was stopped", async () => {
    const { port } = await stub((_request, response) => reply(response, 200, {}));
    const finder = new AppFinder({ ports: [port] });
    expect(await finder.find(new Set(), AbortSignal.abort())).toEqual([]);
  });
});

test("a step URL tells where the app serves", () => {
  expect(serveUrl("http://localhost:3000/api/inngest/?fnId=a&stepId=step")).toBe(
    "http://localhost:3000/api/inngest",
  );
});

test("the names of this machine are one", () => {
  const key = appKey("http://localhost:3000/api/inngest");
  expect(appKey("http://127.0.0.1:3000/api/inngest?deployId=1")).toBe(key);
  expect(appKey("http://[::1]:3000/api/inngest/")).toBe(key);
  expect(appKey("http://localhost:3001/api/inngest")).not.toBe(key);
  expect(appKey("http://app.example:3000/api/inngest")).not.toBe(key);
});
