import { describe, expect, it } from "vitest";
import { Middleware } from "../../src/index.ts";
import type { RequestResponse, WrapRequestArgs } from "../../src/middleware/base.ts";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody } from "./shop.ts";

function wrapping(wrap: (args: WrapRequestArgs) => Promise<RequestResponse>) {
  return class Wrapping extends Middleware.BaseMiddleware {
    readonly id = "wrapping";
    override wrapRequest(args: WrapRequestArgs) {
      return wrap(args);
    }
  };
}

describe("wrapRequest", () => {
  it("sees the request and the response as it will be sent", async () => {
    const seen: unknown[] = [];
    const middleware = wrapping(async ({ next, requestInfo, runId }) => {
      const response = await next();
      seen.push([
        requestInfo.method,
        requestInfo.headers["X-Shop"],
        runId,
        await requestInfo.body(),
        response,
      ]);
      return response;
    });
    const driver = new EndpointDriver({ client: { middleware: [middleware] } });
    const body = callBody();
    const answer = await driver.call("done", body, { "x-shop": "yes" });
    expect(answer.json).toEqual({ order: 7 });
    const response = { status: 200, headers: expect.anything(), body: '{"order":7}' };
    expect(seen).toEqual([["POST", "yes", (body.ctx as { run_id: string }).run_id, body, response]]);
  });

  it("may replace the response", async () => {
    const middleware = wrapping(async ({ next }) => ({ ...(await next()), body: '{"hidden":true}' }));
    const answer = await new EndpointDriver({ client: { middleware: [middleware] } }).call(
      "done",
      callBody(),
    );
    expect(answer).toMatchObject({ status: 200, json: { hidden: true } });
  });

  it("fails the call, to be tried again, where it throws", async () => {
    const middleware = wrapping(() => Promise.reject(new Error("no entry")));
    const answer = await new EndpointDriver({ client: { middleware: [middleware] } }).call(
      "done",
      callBody(),
    );
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", message: "no entry" });
  });
});
