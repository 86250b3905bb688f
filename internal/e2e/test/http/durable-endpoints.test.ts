import { createServer, type Server } from "node:http";
import type { Span } from "@stepfast/server";
import * as officialSdk from "inngest-official";
import { stream as officialStream } from "inngest-official/experimental/durable-endpoints";
import { fetchWithStream as officialFetch } from "inngest-official/experimental/durable-endpoints/client";
import * as officialNode from "inngest-official/node";
import * as sdk from "stepfast";
import { stream } from "stepfast/experimental/durable-endpoints";
import { fetchWithStream } from "stepfast/experimental/durable-endpoints/client";
import * as node from "stepfast/node";
import { afterEach, describe, expect, test } from "vitest";
import { Api, type RunView } from "./api.ts";
import { Gate } from "./gate.ts";
import { Ledger } from "./ledger.ts";
import { until } from "./patience.ts";
import { productionServer, signingKey } from "./production.ts";
import { quiet } from "./quiet.ts";
import { CleanUps, closed, devServer, listenOn } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/** What the programs below need of an SDK; they are written once, against our types. */
interface EndpointSdk {
  name: string;
  Inngest: typeof sdk.Inngest;
  NonRetriableError: typeof sdk.NonRetriableError;
  step: typeof sdk.step;
  stream: typeof stream;
  fetchWithStream: typeof fetchWithStream;
  endpointAdapter: typeof node.endpointAdapter;
  createEndpointServer: typeof node.createEndpointServer;
  /** Behind Node's own requests. */
  proxyServer(proxy: unknown): Server;
}

const ours: EndpointSdk = {
  ...sdk,
  ...node,
  name: "stepfast",
  stream,
  fetchWithStream,
  proxyServer: (proxy) => node.createEndpointServer(proxy as (request: Request) => Promise<Response>),
};

const theirs = {
  ...officialSdk,
  ...officialNode,
  name: "inngest 4.24.0",
  stream: officialStream,
  fetchWithStream: officialFetch,
  proxyServer: (proxy: unknown) => createServer(proxy as Parameters<typeof createServer>[1]),
} as unknown as EndpointSdk;

type Options = Parameters<typeof node.endpointAdapter.withOptions>[0];

describe.each([theirs, ours])("$name", (own) => {
  const { step } = own;

  async function setUp(handler: (request: Request) => unknown, options: Options = {}) {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    // The published adapter keeps the options it was given last.
    const defaults: Options = { asyncResponse: "redirect", retries: 3 };
    defaults.asyncRedirectUrl = undefined;
    defaults.functionId = undefined;
    const endpointAdapter = own.endpointAdapter.withOptions({ ...defaults, ...options });
    const { url: baseUrl } = server;
    const client = new own.Inngest({ id: "app", baseUrl, isDev: true, logger: quiet, endpointAdapter });
    const url = await listening(own.createEndpointServer(client.endpoint(handler)));
    return { api: new Api(baseUrl), client, url, server };
  }

  async function listening(server: Server): Promise<string> {
    const port = await listenOn(server);
    cleanUps.add(() => closed(server));
    return `http://127.0.0.1:${port}`;
  }

  /** The only run there is, once it has ended. */
  async function onlyRun(api: Api): Promise<RunView> {
    const list = () => api.get<RunView[]>("/v2/runs?includeOutput=true");
    const [run, ...others] = await until("a run", list, (runs) => runs.length > 0);
    expect(others).toEqual([]);
    return api.ended(run?.id ?? "");
  }

  async function stepNames(api: Api, runId: string): Promise<string[]> {
    const names = (span: Span): string[] => span.children.map(({ name }) => name);
    return names((await api.trace(runId)).rootSpan);
  }

  test("a request that never has to wait is answered directly, and leaves a run with its steps", async () => {
    const ledger = new Ledger();
    const { api, url } = await setUp(async () => {
      const a = await step.run("a", () => ledger.note("a", 1));
      const b = await step.run("b", () => ledger.note("b", a + 1));
      return { a, b };
    });
    const response = await fetch(`${url}/orders/7?full=1`);
    expect([response.status, await response.json()]).toEqual([200, { a: 1, b: 2 }]);
    expect(ledger.lines).toEqual(["a", "b"]);
    const run = await onlyRun(api);
    expect(run.status).toBe("COMPLETED");
    expect(run.function.id).toBe(`${url}-GET /orders/7`);
    expect(JSON.parse(run.output.body)).toEqual({ a: 1, b: 2 });
    expect(await stepNames(api, run.id)).toEqual(["a", "b"]);
    const [event] = await api.get<{ name: string; data: object }[]>("/v1/events");
    expect(event).toMatchObject({
      name: "inngest/http.request",
      data: { method: "GET", query_params: "full=1" },
    });
  });

  test("its run can be rerun from a step with other input: nobody asks for it any more", async () => {
    const ledger = new Ledger();
    const { api, url } = await setUp(async () => {
      const a = await step.run("a", () => ledger.note("a", 1));
      return { b: await step.run("b", (n: number) => ledger.note("b", n + 1), a) };
    });
    expect(await (await fetch(url)).json()).toEqual({ b: 2 });
    const { id } = await onlyRun(api);
    const fromStep = { stepId: "b", input: [41] };
    const answer = await api.request("POST", `/v2/runs/${id}/rerun`, { fromStep });
    const { data } = (await answer.json()) as { data: { runId: string } };
    const again = await api.ended(data.runId);
    expect([again.status, JSON.parse(again.output.body)]).toEqual(["COMPLETED", { b: 42 }]);
    expect(ledger.lines).toEqual(["a", "b", "b"]);
    const { fork, rootSpan } = await api.trace(again.id);
    expect(fork).toMatchObject({ of: { runId: id }, fromStep: { id: "b", edited: true }, keptSteps: 1 });
    expect(rootSpan.children.map(({ keptFrom }) => keptFrom)).toEqual([id, undefined]);
  });

  test("one without steps leaves a run, too; a name of its own is the function's", async () => {
    const { api, url } = await setUp(() => ({ ok: true }), { functionId: "ping" });
    expect(await (await fetch(url)).json()).toEqual({ ok: true });
    expect((await onlyRun(api)).function.id).toBe(`${url}-ping`);
  });

  test("one that sleeps redirects to its output, and runs each step once", async () => {
    const ledger = new Ledger();
    const { api, url, server } = await setUp(async () => {
      const a = await step.run("a", () => ledger.note("a", 1));
      await step.sleep("nap", "1s");
      const b = await step.run("b", () => ledger.note("b", a + 1));
      return { a, b };
    });
    const response = await fetch(url, { redirect: "manual" });
    expect(response.status).toBe(302);
    const location = response.headers.get("location") ?? "";
    expect(location.startsWith(`${server.url}/v1/http/runs/`)).toBe(true);
    const output = await fetch(location);
    expect([output.status, await output.json()]).toEqual([200, { a: 1, b: 2 }]);
    expect(output.headers.get("access-control-allow-origin")).toBe("*");
    expect(ledger.lines).toEqual(["a", "b"]);
    expect((await onlyRun(api)).status).toBe("COMPLETED");
    const stranger = new URL(location);
    stranger.searchParams.set("token", "other");
    expect((await fetch(stranger)).status).toBe(401);
  });

  test("in token mode it answers with the run's id and a token; a proxy hands the output on", async () => {
    const options: Options = { asyncResponse: "token" };
    const { client, url } = await setUp(async () => {
      await step.sleep("nap", "1s");
      return { done: true };
    }, options);
    const { run_id: runId, token } = (await (await fetch(url)).json()) as { run_id: string; token: string };
    const proxy = await listening(own.proxyServer(client.endpointProxy()));
    const output = await fetch(`${proxy}/poll?runId=${runId}&token=${token}`);
    expect([output.status, await output.json()]).toEqual([200, { done: true }]);
    expect(output.headers.get("access-control-allow-origin")).toBe("*");
    expect((await fetch(`${proxy}/poll`)).status).toBe(400);
  });

  test("it may redirect to a place of its own", async () => {
    const { url } = await setUp(() => step.sleep("nap", "1s"), { asyncRedirectUrl: "/wait?for=it" });
    const response = await fetch(url, { redirect: "manual" });
    const location = new URL(response.headers.get("location") ?? "");
    expect(location.href).toContain(`${url}/wait?for=it`);
    expect(location.searchParams.get("runId")).toHaveLength(26);
    expect(location.searchParams.get("token")).toBeTruthy();
  });

  test("a failed step is tried again, parallel steps run, on the same method and query", async () => {
    const ledger = new Ledger();
    let failures = 2;
    const { api, url } = await setUp(
      async (request) => {
        ledger.note(`${request.method} ${new URL(request.url).search}`);
        const a = await step.run("a", () => {
          if (failures-- > 0) throw new Error("not yet");
          return ledger.note("a", 1);
        });
        const [b, c] = await Promise.all([step.run("b", () => a + 1), step.run("c", () => a + 2)]);
        return [a, b, c];
      },
      { retries: 4 },
    );
    const body = JSON.stringify({ n: 1 });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/?x=%C3%A9`, { method: "POST", body, headers });
    expect([response.status, await response.json()]).toEqual([200, [1, 2, 3]]);
    expect(ledger.count("a")).toBe(1);
    expect(ledger.count("POST ?x=%C3%A9")).toBeGreaterThan(2);
    expect((await onlyRun(api)).status).toBe("COMPLETED");
  });

  test("a step that fails for good can be caught; one that is not fails the run, and its caller is told", async () => {
    const caught = await setUp(() =>
      step
        .run("never", () => {
          throw new own.NonRetriableError("no use");
        })
        .catch((error: Error) => ({ caught: error.message })),
    );
    expect(await (await fetch(caught.url)).json()).toEqual({ caught: "no use" });
    const failed = await setUp(async () => {
      await step.sleep("nap", "1s");
      await step.run("never", () => {
        throw new own.NonRetriableError("no use");
      });
    });
    const response = await fetch(failed.url);
    expect([response.status, await response.json()]).toMatchObject([500, { error: "no use" }]);
    expect((await onlyRun(failed.api)).status).toBe("FAILED");
  });

  test("a handler that throws is tried again", async () => {
    let attempts = 0;
    const { url } = await setUp(async () => {
      await step.run("a", () => 1);
      if (++attempts < 3) throw new Error("not yet");
      return { attempts };
    });
    expect(await (await fetch(url)).json()).toEqual({ attempts: 3 });
  });

  test("it waits for events, and a cancellation ends it", async () => {
    const { api, url } = await setUp(
      async () => {
        const event = await step.waitForEvent("wait", { event: "go/on", timeout: "1h" });
        return event?.data;
      },
      { asyncResponse: "token" },
    );
    const begin = async () => ((await (await fetch(url)).json()) as { run_id: string }).run_id;
    const first = await begin();
    await api.waiting(first, "event");
    await api.send({ name: "go/on", data: { n: 7 } });
    const run = await api.ended(first);
    expect([run.status, JSON.parse(run.output.body)]).toEqual(["COMPLETED", { n: 7 }]);
    const second = await begin();
    await api.waiting(second, "event");
    await api.cancel(second);
    expect((await api.ended(second)).status).toBe("CANCELLED");
  });

  test("cancelled while its caller waits: the step that runs is recorded, and no other begins", async () => {
    const gate = new Gate();
    const ledger = new Ledger();
    const { api, url } = await setUp(async () => {
      await step.run("before", () => 1);
      await step.run("running", () => gate.pass());
      await step.run("after", () => ledger.note("after"));
    });
    const answer = fetch(url);
    await gate.reached;
    const [run] = await api.get<RunView[]>("/v2/runs");
    await api.cancel(run?.id ?? "");
    gate.open();
    expect((await answer).status).toBeGreaterThanOrEqual(400);
    expect((await api.ended(run?.id ?? "")).status).toBe("CANCELLED");
    expect(await stepNames(api, run?.id ?? "")).toEqual(["before", "running"]);
    expect(ledger.lines).toEqual([]);
  });

  test("streams to its caller, also after it goes on without the request", async () => {
    let failures = 1;
    const { url } = await setUp(async () => {
      await step.run("first", () => own.stream.push("one"));
      await step.sleep("nap", "1s");
      await step.run("second", async () => {
        own.stream.push("two");
        if (failures-- > 0) throw new Error("take it back");
      });
      return { ok: true };
    });
    const seen: unknown[] = [];
    const runs = new Set<string>();
    const response = await own.fetchWithStream(url, {
      onMetadata: ({ runId }) => runs.add(runId),
      onData: ({ data }) => seen.push(data),
      onCommit: () => seen.push("commit"),
      onRollback: () => seen.push("rollback"),
    });
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
    expect(runs.size).toBe(1);
    expect(seen).toEqual(["one", "commit", "two", "rollback", "two", "commit"]);
  });

  test("in production its calls are signed, and a stranger's are refused", async () => {
    const server = await productionServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const ledger = new Ledger();
    const client = new own.Inngest({
      id: "app",
      baseUrl: server.url,
      isDev: false,
      signingKey,
      logger: quiet,
      endpointAdapter: own.endpointAdapter.withOptions({ asyncResponse: "redirect" }),
    });
    const handler = async () => {
      ledger.note("called");
      await step.sleep("nap", "1s");
      return { done: true };
    };
    const url = await listening(own.createEndpointServer(client.endpoint(handler)));
    const headers = { "content-type": "application/json" };
    const output = await fetch(url, { method: "POST", body: '{"b":1, "a":2}', headers });
    expect([output.status, await output.json()]).toEqual([200, { done: true }]);
    const calls = ledger.count("called");
    const forged = { "x-run-id": "01J00000000000000000000000", "x-inngest-signature": "t=1&s=00" };
    expect((await fetch(url, { headers: forged })).status).toBe(401);
    expect(ledger.count("called")).toBe(calls);
  });

  test("a caller who reads events gets the response of an endpoint that streams nothing", async () => {
    const { url } = await setUp(() => step.run("a", () => ({ a: 1 })));
    const response = await own.fetchWithStream(url);
    expect(await response.json()).toEqual({ a: 1 });
  });
});
