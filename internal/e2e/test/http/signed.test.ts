import { canonicalJson, headers, signatureOf } from "@stepfast/protocol";
import type { ProductionOptions, ProductionServer } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "./patience.ts";
import { eventKey, KeyedApi, signingKey as key, productionServer } from "./production.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, type Builder, CleanUps } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const older = `signkey-prod-${"1b".repeat(16)}`;
const stranger = `signkey-prod-${"2c".repeat(16)}`;

async function production(options: Partial<ProductionOptions> = {}): Promise<ProductionServer> {
  const server = await productionServer(options);
  cleanUps.add(() => server.close({ drainMs: 0 }));
  return server;
}

type ClientOptions = ConstructorParameters<typeof App>[2];

interface Around {
  /** Of the app, to take the place of another one. */
  port?: string;
  /** What the test itself shows to the server. */
  apiKey?: string;
  build?: Builder;
}

function newApp(
  sdk: Sdk,
  server: { url: string },
  options: ClientOptions = {},
  { port = "0", apiKey = key, build = sdk.createServer }: Around = {},
): App {
  const api = new KeyedApi(server.url, apiKey);
  const app = new App(sdk, api, { isDev: false, signingKey: key, eventKey, ...options }, Number(port), build);
  cleanUps.add(() => app.stop());
  return app;
}

/** Tells the app to register, as a deployment does. */
function put(app: App): Promise<Response> {
  return fetch(app.url, { method: "PUT", headers: { [headers.serverKind]: "cloud", connection: "close" } });
}

/** Two steps, one after the other, and two in parallel; one more event. */
function program(app: App) {
  return app.client.createFunction(
    { id: "program", retries: 1, triggers: { event: app.event("go") } },
    async ({ step, attempt }) => {
      const first = await step.run("first", () => app.ledger.note("first", 1));
      if (attempt === 0) throw new Error("once more");
      await step.sendEvent("tell", { name: app.event("told"), data: {} });
      const both = await Promise.all([step.run("a", () => first + 1), step.run("b", () => first + 2)]);
      return both;
    },
  );
}

async function runsWell(app: App): Promise<void> {
  const run = await app.api.outcome(await app.send("go"));
  expect(run).toMatchObject({ status: "COMPLETED", output: [2, 3] });
  expect(app.ledger.count("first")).toBe(1);
}

/** A call as a server would send it, signed for the time given. */
async function call(app: App, { by, nowMs }: { by: string; nowMs: number }): Promise<Response> {
  const event = { name: app.event("go"), data: {}, id: "e", ts: 1, user: {} };
  const body = canonicalJson({
    event,
    events: [event],
    steps: {},
    ctx: { run_id: "R", step_id: "step", attempt: 1, stack: { stack: [], current: 0 } },
    version: -1,
  });
  const signature = await signatureOf(body, { key: by, nowMs });
  return fetch(`${app.url}?fnId=${app.id}-program&stepId=step`, {
    method: "POST",
    headers: { "content-type": "application/json", [headers.signature]: signature, connection: "close" },
    body,
  });
}

describe.each([ours, theirs])("$name, signed", (sdk) => {
  test.each([true, false])("a run over both ways of calling (checkpointing %s)", async (checkpointing) => {
    const app = newApp(sdk, await production(), { checkpointing });
    await app.serve([program(app)]);
    expect(await (await put(app)).json()).toMatchObject({ modified: true });
    await runsWell(app);
    expect(app.asked(/checkpoint/) > 0).toBe(checkpointing);
    expect(app.exchanges.filter(({ status }) => status >= 400)).toEqual([]);
  });

  test("answers that are streamed", async () => {
    const build: Builder = (served) => sdk.createServer({ ...served, streaming: true });
    const app = newApp(sdk, await production(), { checkpointing: false }, { build });
    await app.serve([program(app)]);
    await put(app);
    await runsWell(app);
  });

  test("an app given by its URL is synced in band", async () => {
    const scout = newApp(sdk, { url: "http://127.0.0.1:1" });
    await scout.serve([]);
    const { url } = scout;
    await scout.stop();
    const server = await production({ sdkUrls: [url], pollIntervalMs: 20 });
    const app = newApp(sdk, server, {}, { port: new URL(url).port });
    await app.serve([program(app)]);
    const known = () => server.engine.functions().map(({ slug }) => slug);
    await until("the sync", known, (slugs) => slugs.length === 1);
    expect(app.asked(/register/)).toBe(0);
    await runsWell(app);
  });

  describe("while keys are exchanged", () => {
    test.each([
      ["the server first", { signingKey: key, signingKeyFallback: older }, { signingKey: older }],
      ["the app first", { signingKey: older }, { signingKey: key, signingKeyFallback: older }],
      [
        "both half way",
        { signingKey: key, signingKeyFallback: older },
        { signingKey: older, signingKeyFallback: key },
      ],
    ])("%s", async (_who, serverKeys, appKeys) => {
      const server = await production(serverKeys);
      const app = newApp(sdk, server, appKeys, { apiKey: serverKeys.signingKey });
      await app.serve([program(app)]);
      expect((await put(app)).status).toBe(200);
      await runsWell(app);
    });
  });

  test("an app with another key can neither register nor be called", async () => {
    const server = await production();
    const app = newApp(sdk, server);
    await app.serve([program(app)]);
    await put(app);
    const { port } = new URL(app.url);
    await app.stop();
    const other = newApp(sdk, server, { signingKey: stranger, id: app.id }, { port });
    await other.serve([program(other)]);
    expect((await put(other)).status).toBe(401);
    const run = await app.api.outcome(await app.send("go"));
    expect(run.status).toBe("FAILED");
    expect(JSON.stringify(run.output)).toContain("refused this server's signature");
    expect(other.ledger.lines).toEqual([]);
  });

  test("a call that is replayed later than five minutes, or by a stranger, runs nothing", async () => {
    const app = newApp(sdk, await production(), { checkpointing: false });
    await app.serve([program(app)]);
    const now = Date.now();
    for (const [by, nowMs] of [
      [key, now - 310_000],
      [key, now + 310_000],
      [stranger, now],
    ] as const) {
      const refused = await call(app, { by, nowMs });
      expect(refused.status).toBe(401);
      expect(refused.headers.has(headers.sdk)).toBe(false);
    }
    expect(app.ledger.lines).toEqual([]);
    const answered = await call(app, { by: key, nowMs: now - 240_000 });
    expect(answered.status).toBe(206);
    expect(app.ledger.lines).toEqual(["first"]);
  });

  test("events need an event key of the server", async () => {
    const server = await production();
    const app = newApp(sdk, server, { eventKey: "another-key" });
    await expect(app.client.send({ name: app.event("go"), data: {} })).rejects.toThrow();
    const right = newApp(sdk, server);
    const { ids } = await right.client.send({ name: right.event("go"), data: {} });
    expect(ids).toHaveLength(1);
  });
});
