import { ATTACH, type IncomingEvent, type InlineTransport } from "@stepfast/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventType, Inngest, isInngest, isInngestRequest, staticSchema } from "../../src/index.ts";
import { silentLogger } from "../inline/fake-host.ts";

interface Sent {
  url: string;
  headers: Record<string, string>;
  body: IncomingEvent[];
}

/** A server that answers with these statuses in turn, then 200. */
function server(statuses: number[] = [], reply: unknown = undefined) {
  const sent: Sent[] = [];
  const fetch = async (url: URL | string | Request, init?: RequestInit) => {
    const body = JSON.parse(String(init?.body)) as IncomingEvent[];
    sent.push({ url: String(url), headers: init?.headers as Record<string, string>, body });
    const status = statuses.shift() ?? 200;
    const ids = Array.isArray(body) ? body.map((_, i) => `id-${i}`) : [];
    return Response.json(status === 200 ? (reply ?? { ids, status }) : { error: "refused", status }, {
      status,
    });
  };
  return { sent, fetch: fetch as typeof globalThis.fetch };
}

function clientOf(fetch: typeof globalThis.fetch, options: object = {}): Inngest {
  return new Inngest({ id: "app", isDev: true, fetch, logger: silentLogger, ...options });
}

/** Lets the pauses between attempts pass. */
async function withoutPauses<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await vi.runAllTimersAsync();
  return work;
}

describe("send", () => {
  beforeEach(() => {
    // tidy: allow the clock is fake
    vi.useFakeTimers({ toFake: ["setTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("posts an event with its time and data, and returns ids", async () => {
    const { sent, fetch } = server();
    const before = Date.now();
    expect(await clientOf(fetch).send({ name: "a/b" })).toEqual({ ids: ["id-0"] });
    expect(sent[0]?.url).toBe("http://localhost:8288/e/NO_EVENT_KEY_SET");
    expect(sent[0]?.body).toEqual([{ name: "a/b", data: {}, ts: expect.any(Number) }]);
    expect(sent[0]?.body[0]?.ts).toBeGreaterThanOrEqual(before);
    expect(sent[0]?.headers["x-inngest-event-id-seed"]).toMatch(/^\d+,[\w+/]{14}==$/);
  });

  it("posts several in one request, and drops what is no part of an event", async () => {
    const { sent, fetch } = server();
    const junk = {
      name: "a",
      data: { n: 1 },
      sessions: {},
      ctx: {},
      id: "e",
      v: "2",
      user: { u: 1 },
      ts: 5,
      meta: { sessions: { s: "1" } },
    };
    expect(await clientOf(fetch).send([junk, { name: "b" }])).toEqual({ ids: ["id-0", "id-1"] });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body[0]).toEqual({
      name: "a",
      data: { n: 1 },
      id: "e",
      v: "2",
      user: { u: 1 },
      ts: 5,
      meta: { sessions: { s: "1" } },
    });
  });

  it("tries again with the same seed, so that nothing is doubled", async () => {
    const { sent, fetch } = server([500, 429]);
    await withoutPauses(clientOf(fetch).send({ name: "a" }));
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ headers }) => headers["x-inngest-event-id-seed"])).size).toBe(1);
    expect(sent[0]?.body).toEqual(sent[2]?.body);
  });

  it("gives up after five attempts, with the server's reason", async () => {
    const { sent, fetch } = server([400, 400, 400, 400, 400, 400]);
    await expect(withoutPauses(clientOf(fetch).send({ name: "a" }))).rejects.toThrow("refused (status 400)");
    expect(sent).toHaveLength(5);
  });

  it("takes no answer for a success but one that names the events", async () => {
    for (const page of ["<html>", "{}", "null", '{"ids":[],"error":"not now"}']) {
      const fetch = async () => new Response(page);
      await expect(withoutPauses(clientOf(fetch).send({ name: "a" }))).rejects.toThrow(
        "Could not send events",
      );
    }
  });

  it("sends nothing where there is nothing", async () => {
    const { sent, fetch } = server();
    expect(await clientOf(fetch).send(undefined as never)).toEqual({ ids: [] });
    expect(sent).toEqual([]);
  });

  it("sends nothing for no events", async () => {
    const { sent, fetch } = server();
    expect(await clientOf(fetch).send([])).toEqual({ ids: [] });
    expect(sent).toEqual([]);
  });

  it("needs an event key in production", async () => {
    const { sent, fetch } = server();
    await expect(clientOf(fetch, { isDev: false }).send({ name: "a" })).rejects.toThrow("INNGEST_EVENT_KEY");
    await clientOf(fetch, { isDev: false, eventKey: "k" }).send({ name: "a" });
    expect(sent.map(({ url }) => url)).toEqual(["https://inn.gs/e/k"]);
  });

  it("refuses an event without a name and one that does not fit its type", async () => {
    const { sent, fetch } = server();
    const client = clientOf(fetch);
    await expect(client.send({ data: {} } as never)).rejects.toMatchObject({ code: "invalid_event" });
    const validate = (value: unknown) =>
      typeof value === "object" ? { issues: [{ message: "expected a number", path: ["n"] }] } : { value };
    const schema = {
      ...staticSchema<{ n: number }>(),
      "~standard": { version: 1 as const, vendor: "t", validate },
    };
    const type = eventType("typed", {
      schema: schema as ReturnType<typeof staticSchema<{ n: number }>>,
      version: "3",
    });
    const created = type.create({ n: 1 });
    expect(created).toMatchObject({ name: "typed", v: "3" });
    await expect(client.send([{ name: "ok" }, created])).rejects.toThrow("n: expected a number");
    expect(sent).toEqual([]);
  });

  it("goes straight to an engine it is attached to", async () => {
    const { sent, fetch } = server();
    const client = clientOf(fetch);
    const received: IncomingEvent[][] = [];
    const transport: InlineTransport = {
      send: async (events) => {
        received.push(events);
        return { ids: ["inline"] };
      },
      sendSignal: async () => ({ runId: "run" }),
    };
    client[ATTACH](transport);
    const data = { list: [1] };
    expect(await client.send({ name: "a", data })).toEqual({ ids: ["inline"] });
    data.list.push(2);
    expect(received[0]?.[0]?.data).toEqual({ list: [1] });
    expect(await client.sendSignal({ signal: "s" })).toEqual({ runId: "run" });
    client[ATTACH](null);
    await client.send({ name: "b" });
    expect(received).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });
});

describe("sendSignal", () => {
  it("posts the signal and reads the run", async () => {
    const { sent, fetch } = server([], { data: { run_id: "R" } });
    expect(await clientOf(fetch).sendSignal({ signal: "s", data: { n: 1 } })).toEqual({ runId: "R" });
    expect(sent[0]).toMatchObject({
      url: "http://localhost:8288/v1/signals",
      body: { signal: "s", data: { n: 1 } },
    });
  });

  it("tells that nobody waits", async () => {
    expect(await clientOf(server([404]).fetch).sendSignal({ signal: "s" })).toEqual({ runId: undefined });
  });

  it("uses the fallback key where the first is refused", async () => {
    const { sent, fetch } = server([401], { data: { run_id: "R" } });
    const keys = { isDev: false, signingKey: "signkey-prod-0102", signingKeyFallback: "signkey-prod-0304" };
    expect(await clientOf(fetch, keys).sendSignal({ signal: "s" })).toEqual({ runId: "R" });
    const sha256 = async (bytes: number[]) =>
      Buffer.from(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))).toString("hex");
    expect(sent.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer signkey-prod-${await sha256([1, 2])}`,
      `Bearer signkey-prod-${await sha256([3, 4])}`,
    ]);
  });
});

describe("where the server is", () => {
  const bases = (options: object, env: Record<string, string>) => {
    const client = new Inngest({ id: "app", logger: silentLogger, ...options }).setEnvVars({
      INNGEST_DEV: undefined,
      INNGEST_BASE_URL: undefined,
      INNGEST_API_BASE_URL: undefined,
      INNGEST_EVENT_API_BASE_URL: undefined,
      ...env,
    });
    return [client.mode, client.apiBaseUrl, client.eventBaseUrl];
  };
  const dev = "http://localhost:8288/";
  const cloud = ["https://api.inngest.com/", "https://inn.gs/"];

  it.each([
    [{}, {}, ["cloud", ...cloud]],
    [{ isDev: true }, {}, ["dev", dev, dev]],
    [{}, { INNGEST_DEV: "1" }, ["dev", dev, dev]],
    [{}, { INNGEST_DEV: "false" }, ["cloud", ...cloud]],
    [{ isDev: false }, { INNGEST_DEV: "1" }, ["cloud", ...cloud]],
    [{}, { INNGEST_DEV: "http://host:9000" }, ["dev", "http://host:9000/", "http://host:9000/"]],
    [{}, { INNGEST_DEV: "host:9000" }, ["dev", "http://host:9000/", "http://host:9000/"]],
    [{}, { INNGEST_BASE_URL: "http://all" }, ["cloud", "http://all/", "http://all/"]],
    [
      {},
      { INNGEST_BASE_URL: "http://all", INNGEST_EVENT_API_BASE_URL: "http://ev" },
      ["cloud", "http://all/", "http://ev/"],
    ],
    [{}, { INNGEST_BASE_URL: "", INNGEST_DEV: "" }, ["cloud", ...cloud]],
    [{ isDev: true, baseUrl: "" }, { INNGEST_API_BASE_URL: "" }, ["dev", dev, dev]],
    [{ baseUrl: "http://opt" }, { INNGEST_BASE_URL: "http://all" }, ["cloud", "http://opt/", "http://opt/"]],
  ])("%j with %j is %j", (options, env, expected) => {
    expect(bases(options, env as Record<string, string>)).toEqual(expected);
  });

  it("takes empty keys for none, as a variable without a value leaves them", () => {
    const client = new Inngest({ id: "app", eventKey: "" }).setEnvVars({
      INNGEST_EVENT_KEY: "",
      INNGEST_SIGNING_KEY: "",
      INNGEST_SIGNING_KEY_FALLBACK: "",
    });
    expect([client.eventKey, client.signingKey, client.signingKeyFallback]).toEqual(Array(3).fill(undefined));
  });

  it("reads keys and the environment's name late", () => {
    const client = new Inngest({ id: "app" }).setEnvVars({
      INNGEST_EVENT_KEY: "e",
      INNGEST_SIGNING_KEY: "s",
      VERCEL_GIT_COMMIT_REF: "branch",
    });
    expect([client.eventKey, client.signingKey, client.env]).toEqual(["e", "s", "branch"]);
    expect(client.headers["x-inngest-env"]).toBe("branch");
    expect(new Inngest({ id: "app", env: "mine" }).setEnvVars({ INNGEST_ENV: "theirs" }).env).toBe("mine");
  });
});

it.each([
  [{ VERCEL: "1", BRANCH_NAME: "b" }, "vercel", "b"],
  [{ NETLIFY: "true", BRANCH: "n" }, "netlify", "n"],
  [{ CF_PAGES: "1", CF_PAGES_BRANCH: "c" }, "cloudflare-pages", "c"],
  [{ RENDER: "true", RENDER_GIT_BRANCH: "r" }, "render", "r"],
  [{ RAILWAY_ENVIRONMENT: "production", RAILWAY_GIT_BRANCH: "w" }, "railway", "w"],
])("tells platform and branch: %j", (env, platform, branch) => {
  const { headers } = new Inngest({ id: "app" }).setEnvVars(env);
  expect(headers).toMatchObject({ "x-inngest-platform": platform, "x-inngest-env": branch });
});

it("knows requests of a server by their headers", () => {
  const request = (headers: Record<string, string>) => new Request("http://app.test/", { headers });
  expect(isInngestRequest(request({ "x-run-id": "R", "x-inngest-signature": "" }))).toBe(true);
  expect(isInngestRequest(request({ "x-run-id": "R" }))).toBe(false);
  expect(isInngestRequest(request({ "x-run-id": "", "x-inngest-signature": "s" }))).toBe(false);
});

it("needs an id, and knows its own kind", () => {
  expect(() => new Inngest({} as never)).toThrow("needs an id");
  expect(isInngest(new Inngest({ id: "app" }))).toBe(true);
  expect(isInngest({ id: "app" })).toBe(false);
});
