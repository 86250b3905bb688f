import type { NetworkInterfaceInfo } from "node:os";
import { StepfastError } from "@stepfast/protocol";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { FrontDoor } from "../src/front-door.ts";
import { type Listener, listen } from "../src/listen.ts";
import { nodeUrl } from "../src/node-url.ts";
import { type Api, openApi } from "./api-fixture.ts";
import { until } from "./patience.ts";
import {
  placeOrder,
  productionNode,
  register,
  reportingApp,
  runOf,
  signingKey,
  withKey,
} from "./production-node.ts";

const path = "/v1/checkpoint/RUN/async";
const body = {
  run_id: "RUN",
  request_id: "REQ",
  generation_id: 2,
  steps: [{ id: "a", op: "StepRun", data: 1 }],
};

const listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function node(): Promise<{ api: Api; url: string }> {
  const api = await openApi({ keys: { event: new EventKeys([]), signing: new SigningKeys({ signingKey }) } });
  const listener = await listen({ fetch: api.server.fetch, port: 0 });
  listeners.push(listener);
  return { api, url: listener.url };
}

const stale = () => new StepfastError("stale_dispatch", "not mine");

/** The node does not hold the run; another one does, or none. */
function knowsOf(api: Api, holder: string | null): void {
  api.engine.failWith = stale();
  api.engine.nodeOf = async () => holder;
}

describe("a checkpoint that reaches another node than the one that called", () => {
  test("is handed on to the one that holds the run, with its credentials", async () => {
    const here = await node();
    const there = await node();
    knowsOf(here.api, there.url);
    const response = await here.api.send("POST", path, body, withKey);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { run_id: "RUN", steps: 1 }, status: 200 });
    expect(there.api.engine.checkpoints).toMatchObject([{ runId: "RUN", requestId: "REQ", generation: 2 }]);
    expect(here.api.engine.checkpoints).toEqual([]);
  });

  test("is stale where nobody holds the run, and where the other says so", async () => {
    const here = await node();
    knowsOf(here.api, null);
    expect((await here.api.send("POST", path, body, withKey)).status).toBe(409);
    const there = await node();
    knowsOf(here.api, there.url);
    // They point at each other: it goes once, and not around.
    knowsOf(there.api, here.url);
    const response = await here.api.send("POST", path, body, withKey);
    expect([response.status, (await response.json()).code]).toEqual([409, "stale_dispatch"]);
    expect(here.api.engine.checkpoints).toEqual([]);
  });

  test("is answered with 502 where the other is gone: the SDK asks again", async () => {
    const here = await node();
    const gone = await listen({ fetch: async () => new Response(), port: 0 });
    await gone.close();
    knowsOf(here.api, gone.url);
    const response = await here.api.send("POST", path, body, withKey);
    expect([response.status, (await response.json()).code]).toEqual([502, "api_unreachable"]);
  });

  test("is not looked for after any other failure", async () => {
    const here = await node();
    here.api.engine.failWith = new StepfastError("store_unavailable", "no");
    here.api.engine.nodeOf = () => Promise.reject(new Error("not to be asked"));
    expect((await here.api.send("POST", path, body, withKey)).status).toBe(503);
  });
});

test("an app may report to another node than the one that called it", async () => {
  const store = new SharedMemoryStore();
  const first = await productionNode({ store });
  const second = await productionNode({ store });
  const app = await reportingApp(() => first.url);
  try {
    await register(first, app.url);
    await until(() => second.engine.functions().length === 1);
    const eventId = await placeOrder(second);
    await until(async () => (await runOf(first, eventId))?.status === "COMPLETED");
    expect(await runOf(first, eventId)).toMatchObject({ output: "done" });
    expect(app.checkpoints).toEqual([200]);
    const dev = await (await fetch(`${first.url}/dev`, { headers: withKey })).json();
    expect(dev.isSingleNodeService).toBe(false);
  } finally {
    await app.close();
    for (const server of [first, second]) await server.close({ drainMs: 0 });
  }
});

describe("the address for other nodes", () => {
  const entry = (address: string, family: "IPv4" | "IPv6", internal = false) =>
    ({ address, family, internal }) as NetworkInterfaceInfo;
  const interfaces = {
    lo: [entry("127.0.0.1", "IPv4", true), entry("::1", "IPv6", true)],
    eth0: [entry("fe80::1", "IPv6"), entry("fd00::5", "IPv6"), entry("10.1.2.3", "IPv4")],
  };

  test.each([
    ["10.0.0.5", "http://10.0.0.5:8288"],
    ["jobs.internal", "http://jobs.internal:8288"],
    ["fd00::7", "http://[fd00::7]:8288"],
    ["0.0.0.0", "http://10.1.2.3:8288"],
    ["::", "http://10.1.2.3:8288"],
  ])("of a node on %s is %s", (host, url) => {
    expect(nodeUrl({ host, port: 8288 }, interfaces)).toBe(url);
  });

  test("is never a machine's own name for itself, where it listens on all", () => {
    expect(nodeUrl({ host: "0.0.0.0", port: 1 }, { lo: interfaces.lo })).toBeUndefined();
    const only6 = { lo: interfaces.lo, eth0: interfaces.eth0.slice(0, 2) };
    expect(nodeUrl({ host: "::", port: 1 }, only6)).toBe("http://[fd00::5]:1");
  });
});

test("a server that is starting is alive, and takes nothing", async () => {
  const door = new FrontDoor();
  const ask = (name: string) => door.fetch(new Request(`http://localhost${name}`));
  expect((await ask("/livez")).status).toBe(200);
  for (const name of ["/readyz", "/e/k", "/v2/runs"]) expect((await ask(name)).status).toBe(503);
  door.open({ fetch: async () => new Response("open"), upgrade: () => {} });
  expect(await (await ask("/readyz")).text()).toBe("open");
});
