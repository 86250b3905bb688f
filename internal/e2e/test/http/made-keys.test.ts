import { join } from "node:path";
import { StepfastError } from "@stepfast/protocol";
import { endpoints } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { deploy, type World, worldOf } from "./modes.ts";
import { KeyedApi } from "./production.ts";
import { CleanUps, temporaryFolder } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

async function production(db?: string): Promise<World> {
  const world = await worldOf("production", db);
  cleanUps.add(() => world.cleanUps.run());
  return world;
}

type Scope = "send" | "read" | "write" | "admin";

async function makeKey({ api }: World, ...scopes: Scope[]): Promise<{ id: string; key: string }> {
  const response = await api.request("POST", "/v2/keys", { name: "test", scopes });
  return ((await response.json()) as { data: { id: string; key: string } }).data;
}

async function statusOf(api: Api, method: string, path: string, body?: unknown): Promise<number> {
  return (await api.request(method, path, body)).status;
}

/** A request to every endpoint; of what it names nothing is there. */
const requests = endpoints
  .filter(({ path }) => path !== "/v2/health")
  .map(({ id, method, path, scope, body }) => ({
    id,
    method,
    scope,
    path: path.replace(/:\w+/g, "nothing"),
    body: body ? {} : undefined,
  }));

describe("keys made through the API", () => {
  test.each(["send", "read", "write", "admin"] as const)(
    "%s opens what it says, and nothing else",
    async (scope) => {
      const world = await production();
      const api = new KeyedApi(world.api.url, (await makeKey(world, scope)).key);
      for (const request of requests) {
        const status = await statusOf(api, request.method, request.path, request.body);
        const mayPass = request.scope === scope || (request.scope === "send" && scope === "write");
        expect([request.id, status === 403]).toEqual([request.id, !mayPass]);
        expect(status).not.toBe(401);
      }
      const rest = ["/dev", "/v0/runs/x/actions", "/nothing"];
      for (const path of rest) expect([path, await statusOf(api, "GET", path)]).toEqual([path, 403]);
      expect(await statusOf(api, "POST", "/fn/register", {})).toBe(403);
      for (const path of ["/openapi.json", "/metrics"]) {
        expect(await statusOf(api, "GET", path)).toBe(scope === "read" ? 200 : 403);
      }
    },
  );

  test("without a key everything but health is closed", async () => {
    const { api } = await production();
    const open = new Api(api.url);
    for (const request of requests) {
      expect([request.id, await statusOf(open, request.method, request.path, request.body)]).toEqual([
        request.id,
        401,
      ]);
    }
  });

  test("send: events by their key in the path or as bearer, until it is revoked", async () => {
    const world = await production();
    const { id, key } = await makeKey(world, "send");
    const event = { name: "a/b" };
    const open = new Api(world.api.url);
    const keyed = new KeyedApi(world.api.url, key);
    const tries = async () => [
      await statusOf(open, "POST", `/e/${key}`, event),
      await statusOf(keyed, "POST", "/e", event),
      await statusOf(keyed, "POST", "/v2/events", event),
    ];
    expect(await tries()).toEqual([200, 200, 200]);
    expect(await statusOf(open, "POST", `/e/${key.slice(0, -1)}x`, event)).toBe(401);
    const { key: reader } = await makeKey(world, "read");
    expect(await statusOf(open, "POST", `/e/${reader}`, event)).toBe(401);
    await world.api.request("DELETE", `/v2/keys/${id}`);
    expect(await tries()).toEqual([401, 401, 401]);
  });

  test("they are there after a restart, and so are webhooks", async () => {
    const db = join(temporaryFolder(cleanUps), "jobs.db");
    const first = await worldOf("production", db);
    const { key } = await makeKey(first, "read");
    const made = await first.api.request("POST", "/v2/env/webhooks", { name: "kept" });
    const { data } = (await made.json()) as { data: { id: string } };
    await first.cleanUps.run();
    const second = await production(db);
    expect(await statusOf(new KeyedApi(second.api.url, key), "GET", "/v2/runs")).toBe(200);
    expect(await statusOf(second.api, "GET", `/v2/env/webhooks/${data.id}`)).toBe(200);
  });
});

test("a key for the API reads what it may, and says what it may not", async () => {
  const world = await production();
  await deploy(world, [
    world.app.client.createFunction({ id: "work", triggers: { event: world.app.event("go") } }, () => 1),
  ]);
  const run = await world.api.outcome(await world.app.send("go"));
  const reader = new KeyedApi(world.api.url, (await makeKey(world, "read")).key);
  expect((await reader.run(run.id)).output).toBe(1);
  const refused = await reader.request("POST", `/v2/runs/${run.id}/cancel`);
  expect(await refused.json()).toMatchObject({
    errors: [{ code: "forbidden", message: expect.stringContaining('"write"') }],
  });
  expect(new StepfastError("forbidden", "").status).toBe(refused.status);
});

test("a change of a limit is recorded with the key that made it", async () => {
  const world = await production();
  const { app } = world;
  const triggers = { event: app.event("go") };
  await deploy(world, [app.client.createFunction({ id: "work", triggers, concurrency: 1 }, () => 1)]);
  const made = await makeKey(world, "write");
  const path = `/v2/apps/${app.id}/functions/work/limits/concurrency-1`;
  expect(await statusOf(new KeyedApi(world.api.url, made.key), "PUT", path, { limit: 2 })).toBe(200);
  expect(await statusOf(world.api, "DELETE", path)).toBe(200);
  const listed = await world.api.request("GET", `/v2/apps/${app.id}/functions/work/limits`);
  expect((await listed.json()).data).toMatchObject({
    version: 2,
    changes: [
      { by: "signing key", to: null },
      { by: `key "test" (${made.id})`, to: { limit: 2 } },
    ],
  });
});
