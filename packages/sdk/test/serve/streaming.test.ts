import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Endpoint } from "../../src/serve/endpoint.ts";
import type { ServeResponse, StreamedResponse } from "../../src/serve/exchange.ts";
import { streamedBody } from "../../src/serve/streaming.ts";
import { EndpointDriver, requestOf } from "./endpoint-driver.ts";
import { callBody, shop } from "./shop.ts";

const call = { method: "POST", query: "?fnId=shop-done&stepId=step", body: callBody() };

function streamingEndpoint(): Endpoint {
  return new Endpoint({ ...shop(), frameworkName: "test", streaming: true });
}

describe("streaming", () => {
  it("answers 201 at once and sends the real response as the body", async () => {
    const headers = { "x-inngest-server-kind": "dev" };
    const response = await streamingEndpoint().handle(requestOf({ ...call, headers }), true);
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({
      "content-type": "application/json",
      "x-inngest-sdk-handled": "true",
      "x-inngest-expected-server-kind": "dev",
    });
    expect(response.headers).not.toHaveProperty("x-inngest-req-version");
    const wrapped = JSON.parse(await new Response(response.body).text());
    expect(wrapped).toMatchObject({ status: 200, body: '{"order":7}', version: 2 });
    expect(wrapped.headers).toMatchObject({ "x-inngest-req-version": "2", "x-inngest-framework": "test" });
  });

  it("wraps failures as well", async () => {
    const bad = { ...call, query: "?fnId=shop-nope", body: "{" };
    const response = await streamingEndpoint().handle(requestOf(bad), true);
    expect(response.status).toBe(201);
    const wrapped = JSON.parse(await new Response(response.body).text());
    expect(wrapped.status).toBe(500);
    expect(JSON.parse(wrapped.body)).toMatchObject({ type: "internal" });
  });

  it("is for calls only", async () => {
    const endpoint = streamingEndpoint();
    for (const asked of [
      { method: "GET" },
      { method: "DELETE" },
      { method: "POST", query: "?probe=trust" },
    ]) {
      expect(typeof (await endpoint.handle(requestOf(asked), true)).body).toBe("string");
    }
  });

  it("can be switched on by the environment", async () => {
    const request = requestOf({ ...call, env: { INNGEST_STREAMING: "1" } });
    const response = await new EndpointDriver().endpoint.handle(request, true);
    expect(response.status).toBe(201);
  });

  it("fails the call with an adapter that cannot stream", async () => {
    const response = await streamingEndpoint().handle(requestOf(call));
    expect(response.status).toBe(500);
    expect(JSON.parse(response.body)).toMatchObject({ type: "internal", code: "invalid_config" });
  });

  it("refuses unsigned calls with their own status", async () => {
    const endpoint = new Endpoint({ ...shop({ isDev: false }), frameworkName: "test", streaming: true });
    const response: ServeResponse | StreamedResponse = await endpoint.handle(requestOf(call), true);
    expect(response.status).toBe(500);
    expect(response.body).toBe('{"code":"internal_server_error"}');
  });
});

describe("a streamed body", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

  it("sends a space every three seconds until the response is there", async () => {
    let finish: (response: ServeResponse) => void = () => {};
    const work = new Promise<ServeResponse>((resolve) => {
      finish = resolve;
    });
    const reader = streamedBody(work, 2).getReader();
    vi.advanceTimersByTime(7_000);
    expect(text((await reader.read()).value)).toBe(" ");
    expect(text((await reader.read()).value)).toBe(" ");
    finish({ status: 200, headers: {}, body: "1" });
    expect(JSON.parse(text((await reader.read()).value))).toEqual({
      status: 200,
      headers: {},
      body: "1",
      version: 2,
    });
    expect((await reader.read()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops when nobody reads any more", async () => {
    let finish: (response: ServeResponse) => void = () => {};
    const work = new Promise<ServeResponse>((resolve) => {
      finish = resolve;
    });
    const body = streamedBody(work, 2);
    await body.cancel();
    expect(vi.getTimerCount()).toBe(0);
    finish({ status: 200, headers: {}, body: "1" });
    await work;
  });
});
