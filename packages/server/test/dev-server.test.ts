import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "@stepfast/engine";
import type { FunctionConfig } from "@stepfast/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { type DevServer, type DevServerOptions, startDevServer } from "../src/dev-server.ts";
import { type Handler, reply, type SdkStub, startSdkStub } from "./sdk-stub.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A log that can be waited on. */
class Lines implements Log {
  readonly all: string[] = [];
  readonly #waiting: { text: string; found: () => void }[] = [];

  #add(line: string): void {
    this.all.push(line);
    for (const each of this.#waiting) if (line.includes(each.text)) each.found();
  }

  debug(): void {}
  info(message: string): void {
    this.#add(message);
  }
  warn(message: string): void {
    this.#add(message);
  }
  error(message: string): void {
    this.#add(message);
  }

  seen(text: string): Promise<void> {
    return new Promise((found) => {
      if (this.all.some((line) => line.includes(text))) found();
      else this.#waiting.push({ text, found });
    });
  }
}

async function start(options: Partial<DevServerOptions>): Promise<{ server: DevServer; log: Lines }> {
  const log = new Lines();
  const base = { db: ":memory:", port: 0, sdkUrls: [], discover: false, poll: false, pollIntervalMs: 5, log };
  const server = await startDevServer({ ...base, ...options });
  cleanUps.push(() => server.close());
  return { server, log };
}

async function stub(handler: Handler): Promise<SdkStub> {
  const made = await startSdkStub(handler);
  cleanUps.push(() => made.close());
  return made;
}

function config(url: string): FunctionConfig {
  const step = {
    id: "step",
    name: "step",
    runtime: { type: "http" as const, url: `${url}?fnId=shop-pay&stepId=step` },
  };
  return { id: "shop-pay", name: "Pay", triggers: [{ event: "order/placed" }], steps: { step } };
}

const STEP = "f".repeat(40);

/** An app with one function of one step. It registers in the answer to PUT. */
function oneStepApp(): Handler {
  return (request, response) => {
    if (request.url.pathname !== "/api/inngest") return void response.writeHead(404).end();
    if (request.method === "GET") return reply(response, 200, { function_count: 1 });
    if (request.method === "PUT") {
      const { url } = JSON.parse(request.body);
      const body = {
        app_id: "shop",
        functions: [config(url)],
        sdk: "js:v4.24.0",
        framework: "test",
        url,
        env: null,
      };
      return reply(response, 200, body, { "x-inngest-sync-kind": "in_band" });
    }
    const { steps } = JSON.parse(request.body);
    if (!steps[STEP])
      return reply(response, 206, [
        { id: STEP, op: "StepRun", name: "charge", data: { paid: 7 }, userland: { id: "charge" } },
      ]);
    reply(response, 200, steps[STEP].data);
  };
}

async function json(url: string) {
  return await (await fetch(url)).json();
}

/** Asks until the answer is as wanted. */
async function until<T>(ask: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isDone(value)) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("an app behind a URL", () => {
  test("is synced at the start, called for an event, and its run can be traced", async () => {
    const app = await stub(oneStepApp());
    const { server, log } = await start({ sdkUrls: [app.url] });
    await log.seen("synced");
    const sent = await fetch(`${server.url}/e/k`, {
      method: "POST",
      body: '{"name":"order/placed","data":{}}',
    });
    const [eventId] = (await sent.json()).ids;
    const runs = await until(
      async () => (await json(`${server.url}/v1/events/${eventId}/runs`)).data,
      (list) => list[0]?.status === "Completed",
    );
    expect(runs).toMatchObject([{ function_id: "shop-pay", output: { paid: 7 } }]);
    const { data } = await json(`${server.url}/v2/runs/${runs[0].run_id}/trace?includeOutput=true`);
    expect(data.rootSpan).toMatchObject({
      name: "Pay",
      status: "COMPLETED",
      output: { paid: 7 },
      children: [{ name: "charge", stepOp: "RUN", stepId: STEP, status: "COMPLETED", output: { paid: 7 } }],
    });
    expect((await json(`${server.url}/v2/apps`)).data).toMatchObject([{ id: "shop", functionCount: 1 }]);
  });

  test("is known again after a restart on the same file", async () => {
    const app = await stub(oneStepApp());
    const folder = mkdtempSync(join(tmpdir(), "dev-server-"));
    cleanUps.push(async () => rmSync(folder, { recursive: true, force: true }));
    const db = join(folder, "main.db");
    const first = await start({ sdkUrls: [app.url], db });
    await first.log.seen("synced");
    await first.server.close();
    const second = await start({ db });
    expect(second.server.apps).toEqual([app.url]);
    expect(second.server.engine.functions()).toMatchObject([{ slug: "shop-pay" }]);
  });

  test("is found on this machine", async () => {
    const app = await stub(oneStepApp());
    const port = Number(new URL(app.url).port);
    const { log } = await start({ discover: { ports: [port], paths: ["/nothing", "/api/inngest"] } });
    await log.seen(`http://localhost:${port}/api/inngest synced`);
  });

  test("registers out-of-band if it likes that better", async () => {
    let register: (url: string) => Promise<Response> = async () => new Response();
    const app = await stub((request, response) => {
      if (request.method !== "PUT") return reply(response, 200, null);
      void register(app.url).then((answer) =>
        reply(response, answer.status, { message: "ok", modified: true }),
      );
    });
    const { server, log } = await start({ poll: true });
    register = (url) =>
      fetch(`${server.url}/fn/register`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-inngest-expected-server-kind": "dev" },
        body: JSON.stringify({ url, appName: "shop", functions: [config(url)], sdk: "js:v4.24.0", v: "0.1" }),
      });
    const answer = await fetch(app.url, { method: "PUT" });
    expect(answer.status).toBe(200);
    expect(server.engine.functions()).toMatchObject([
      { slug: "shop-pay", url: expect.stringContaining(app.url) },
    ]);
    expect(log.all).toEqual([]);
  });

  test("that does not answer is told once, and again when it is there", async () => {
    const gone = await startSdkStub(() => {});
    await gone.close();
    let rounds = 0;
    let isUp = false;
    const flaky = await stub((request, response) => {
      rounds++;
      if (isUp) oneStepApp()(request, response);
      else reply(response, 500, { message: "half built" });
    });
    const { log } = await start({ sdkUrls: [flaky.url, gone.url], poll: true });
    await until(
      async () => rounds,
      (count) => count >= 4,
    );
    const told = (text: string) => log.all.filter((line) => line.includes(text));
    expect(told("half built")).toHaveLength(1);
    expect(told(gone.url)).toHaveLength(1);
    isUp = true;
    await log.seen(`${flaky.url} synced`);
  });

  test("in production mode is told what to set", async () => {
    const noKey = await stub((_request, response) => reply(response, 500, { code: "internal_server_error" }));
    const signed = await stub((_request, response) => reply(response, 401, { message: "Unauthorized" }));
    const { log } = await start({ sdkUrls: [noKey.url, signed.url] });
    await log.seen(`${noKey.url} did not sync: it is not in development mode`);
    await log.seen(`${signed.url} did not sync: it is not in development mode`);
  });

  test("with a configuration that cannot work is told which", async () => {
    const app = await stub((request, response) => {
      const { url } = JSON.parse(request.body);
      const broken = { ...config(url), idempotency: "event.data." };
      reply(
        response,
        200,
        { app_id: "shop", functions: [broken], sdk: "js:v1", url },
        { "x-inngest-sync-kind": "in_band" },
      );
    });
    const { log } = await start({ sdkUrls: [app.url] });
    await log.seen("idempotency");
    expect(log.all.join()).toContain("shop-pay");
  });

  test("that is none of ours is told as such", async () => {
    const page = await stub((_request, response) => response.writeHead(200).end("<html>"));
    const { log } = await start({ sdkUrls: [page.url] });
    await log.seen("serves no functions there");
  });
});
