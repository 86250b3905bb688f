import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ServeHandlerOptions } from "../../src/serve/serve-options.ts";
import { registered } from "../serve/registered.ts";
import { callBody, type Shop, shop, stepIds } from "../serve/shop.ts";
import { ApiServer } from "./api-server.ts";
import { hangUp, inPieces } from "./raw-request.ts";

/** A framework's server that is up, with the functions under `path`. */
export interface RunningApp {
  origin: string;
  path?: string;
  stop(): Promise<void>;
}

export interface AdapterUnderTest {
  frameworkName: string;
  start(options: ServeHandlerOptions): Promise<RunningApp>;
  /** The framework parses bodies, and answers what is no JSON by itself. */
  parsesBodies?: boolean;
  /** The framework routes the methods of the protocol only, and answers others by itself. */
  routesOnly?: boolean;
  /** Responses go out whole: calls that are to be streamed fail and say so. */
  sendsWhole?: boolean;
  /** Another way into an adapter that is tried in full: how requests come in and answers go out is what may differ. */
  isVariant?: boolean;
}

/** What must be true of every adapter, asked over a real connection. */
export function adapterSuite(name: string, adapter: AdapterUnderTest): void {
  describe(name, () => {
    const api = new ApiServer();
    let app: RunningApp;
    let streaming: RunningApp;
    let served: Shop;

    beforeAll(async () => {
      served = shop({ baseUrl: await api.start(), fetch: globalThis.fetch });
      app = await adapter.start({ client: served.client, functions: served.functions });
      streaming = await adapter.start({
        client: served.client,
        functions: served.functions,
        streaming: true,
      });
    });
    afterAll(async () => {
      await app.stop();
      await streaming.stop();
      await api.stop();
    });
    beforeEach(() => {
      api.requests.length = 0;
      served.log.length = 0;
    });

    const urlOf = ({ origin, path = "/api/inngest" }: RunningApp, query = "") => `${origin}${path}${query}`;
    const ask = (query: string, init: RequestInit = {}, to = app) => fetch(urlOf(to, query), init);
    const call = (id: string, body: unknown, { stepId = "step", headers = {}, to = app } = {}) =>
      ask(
        `?fnId=shop-${id}&stepId=${stepId}`,
        {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        },
        to,
      );

    it("tells what it serves", async () => {
      const response = await ask("");
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(response.headers.get("x-inngest-framework")).toBe(adapter.frameworkName);
      expect(response.headers.get("x-inngest-sdk")).toBe("stepfast-js:v0.1.0");
      expect(await response.json()).toMatchObject({ mode: "dev", function_count: 14 });
    });

    it.each([
      ["without a body", undefined],
      ["with one", JSON.stringify({ url: "http://ignored.test/" })],
    ])("syncs when asked %s", async (_how, body) => {
      const response = await ask("?deployId=D1", {
        method: "PUT",
        headers: { "content-type": "application/json", "x-inngest-server-kind": "dev" },
        ...(body === undefined ? {} : { body }),
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-inngest-expected-server-kind")).toBe("dev");
      expect(await response.json()).toEqual({ message: "Successfully registered", modified: true });
      const [request] = api.requests;
      expect(request).toMatchObject({ method: "POST", path: "/fn/register?deployId=D1" });
      expect(request?.headers["x-inngest-framework"]).toBe(adapter.frameworkName);
      const { url, functions } = registered(request);
      expect(url).toBe(urlOf(app, "?deployId=D1"));
      expect(functions).toHaveLength(14);
      expect(functions[0]?.steps.step.runtime.url).toBe(
        urlOf(app, "?deployId=D1&fnId=shop-done&stepId=step"),
      );
    });

    it("can be called at the URL it registered", async () => {
      await ask("", { method: "PUT" });
      const { functions } = registered(api.requests[0]);
      const url = functions[0]?.steps.step.runtime.url ?? "";
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(callBody()) });
      expect(await response.json()).toEqual({ order: 7 });
    });

    it("runs a step", async () => {
      const response = await call("two-steps", callBody());
      expect(response.status).toBe(206);
      expect(await response.json()).toMatchObject([{ id: stepIds.a, op: "StepRun", data: { n: 1 } }]);
    });

    it("keeps characters whole that are cut by the network", async () => {
      const text = "déjà vu ✓ 🚀 ".repeat(50);
      const bytes = Buffer.from(JSON.stringify(callBody({}, { event: { name: "a", data: { id: text } } })));
      expect(await inPieces(urlOf(app, "?fnId=shop-done&stepId=step"), bytes, 7)).toEqual({ order: text });
    });

    it("takes a body of two megabytes", async () => {
      const id = "x".repeat(2 * 1024 * 1024);
      const response = await call("done", callBody({}, { event: { name: "a", data: { id } } }));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ order: id });
    });

    if (adapter.sendsWhole) {
      it("says that it cannot stream", async () => {
        const response = await call("two-steps", callBody(), { to: streaming });
        expect(response.status).toBe(500);
        expect(await response.json()).toMatchObject({ type: "internal", code: "invalid_config" });
        expect(served.log).toEqual([]);
      });
    } else {
      it("streams", async () => {
        const response = await call("two-steps", callBody(), { to: streaming });
        expect(response.status).toBe(201);
        expect(response.headers.get("x-inngest-sdk-handled")).toBe("true");
        const wrapped = (await response.json()) as { status: number; body: string };
        expect(wrapped.status).toBe(206);
        expect(JSON.parse(wrapped.body)).toMatchObject([{ op: "StepRun" }]);
        expect((await ask("", {}, streaming)).status).toBe(200);
      });
    }

    if (adapter.isVariant) return;

    it("syncs in band", async () => {
      const url = "https://shop.example/api/inngest";
      const headers = { "content-type": "application/json", "x-inngest-sync-kind": "in_band" };
      const response = await ask("", { method: "PUT", headers, body: JSON.stringify({ url }) });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-inngest-sync-kind")).toBe("in_band");
      expect(await response.json()).toMatchObject({ app_id: "shop", framework: adapter.frameworkName, url });
      expect(api.requests).toEqual([]);
    });

    it("completes a function", async () => {
      const response = await call("done", callBody(), { headers: { "x-inngest-server-kind": "dev" } });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-inngest-req-version")).toBe("2");
      expect(response.headers.get("x-inngest-sdk-handled")).toBe("true");
      expect(response.headers.get("server-timing")).toMatch(/^handler;dur=\d+, action;dur=\d+$/);
      expect(await response.json()).toEqual({ order: 7 });
    });

    it("plans parallel steps and runs one of them", async () => {
      const planned = await call("parallel", callBody());
      expect(await planned.json()).toMatchObject([{ op: "StepPlanned" }, { op: "StepPlanned" }]);
      const targeted = await call("parallel", callBody(), { stepId: stepIds.b });
      expect(targeted.status).toBe(206);
      expect(await targeted.json()).toMatchObject([{ id: stepIds.b, op: "StepRun", data: 2 }]);
    });

    it("checkpoints", async () => {
      const response = await call("two-steps", callBody({ fn_id: "F", qi_id: "Q" }), {
        headers: { "x-request-id": "R1" },
      });
      expect(await response.json()).toMatchObject([{ op: "RunComplete", data: 2 }]);
      expect(api.requests.map(({ path }) => path)).toEqual(Array(2).fill("/v1/checkpoint/01JRUN/async"));
      expect(api.requests[0]?.body).toMatchObject({ request_id: "R1", steps: [{ id: stepIds.a }] });
    });

    it.each([
      ["throws", 500, "false", null],
      ["fails", 400, "true", null],
      ["later", 500, "false", "2031-01-01T00:00:00.000Z"],
      ["step-throws", 206, "false", null],
      ["step-fails", 206, "true", null],
      ["step-later", 206, "false", "30"],
    ])("reports that %s with %i", async (id, status, noRetry, retryAfter) => {
      const response = await call(id, callBody());
      expect(response.status).toBe(status);
      expect(response.headers.get("x-inngest-no-retry")).toBe(noRetry);
      expect(response.headers.get("retry-after")).toBe(retryAfter);
      expect(await response.json()).toBeInstanceOf(Object);
    });

    it("answers a call to an unknown function", async () => {
      const response = await call("nope", callBody());
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ type: "internal", code: "function_not_found" });
    });

    it.each(["{", "[]", '{"event":1}', '{"event":{},"steps":[]}', '"text"', "null"])(
      "answers the body %s",
      async (body) => {
        const response = await call("done", body);
        const answeredByFramework = adapter.parsesBodies === true && response.status === 400;
        if (answeredByFramework) return;
        expect(response.status).toBe(500);
        expect(await response.json()).toMatchObject({
          type: "internal",
          code: expect.stringMatching(/^invalid_/),
        });
      },
    );

    it("answers a call without a body", async () => {
      const response = await ask("?fnId=shop-done&stepId=step", { method: "POST" });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ type: "internal" });
    });

    if (!adapter.routesOnly) {
      it("refuses other methods", async () => {
        for (const method of ["DELETE", "PATCH"]) {
          const response = await ask("", { method });
          expect(response.status).toBe(405);
          expect(await response.json()).toEqual({ message: "Method not allowed" });
        }
      });
    }

    it("goes on after a caller that hung up in the middle of its body", async () => {
      await hangUp(urlOf(app, "?fnId=shop-done&stepId=step"));
      expect((await call("done", callBody())).status).toBe(200);
    });
  });
}
