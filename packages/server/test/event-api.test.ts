import { StepfastError } from "@stepfast/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { failureOf } from "../src/http/failure.ts";
import { type Api, openApi } from "./api-fixture.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const order = { name: "order/placed", data: { orderId: "7" } };

describe("POST /e/:key", () => {
  test("takes one event and answers with its id", async () => {
    const response = await api.send("POST", "/e/any-key", order);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ids: ["EVENT0"], status: 200 });
    expect(api.engine.sent).toEqual([{ events: [order], seed: undefined }]);
  });

  test("takes an array and hands the seed on", async () => {
    const seed = "1717171717000,AAAAAAAAAAAAAA==";
    const response = await api.send("POST", "/e/k", [order, order], { "x-inngest-event-id-seed": seed });
    expect(await response.json()).toEqual({ ids: ["EVENT0", "EVENT1"], status: 200 });
    expect(api.engine.sent[0]?.seed).toBe(seed);
  });

  test.each(["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "application/octet-stream"])(
    "takes JSON sent as %s",
    async (type) => {
      const response = await api.send("POST", "/e/k", order, { "content-type": type });
      expect(response.status).toBe(200);
      expect(api.engine.sent).toHaveLength(1);
    },
  );

  test("an empty body is no events", async () => {
    expect(await (await api.send("POST", "/e/k")).json()).toEqual({ ids: [], status: 200 });
  });

  test.each([
    ["text that is not JSON", "{nope", 400, "invalid_json"],
    ["a scalar", "7", 400, "invalid_event"],
    ["an event without a name", { data: {} }, 400, "invalid_event"],
    ["a bad event in a batch", [order, { name: "" }], 400, "invalid_event"],
    ["a reserved name", { name: "Inngest/function.failed" }, 400, "reserved_event_name"],
    ["a polluting key", '{"name":"a","data":{"__proto__":{"admin":true}}}', 400, "invalid_event"],
    ["too many events", Array.from({ length: 5001 }, () => order), 400, "invalid_event_batch"],
    [
      "an event over 3 MiB",
      { name: "a", data: { text: "x".repeat(3 * 1024 * 1024) } },
      413,
      "event_too_large",
    ],
  ])("refuses %s and takes nothing", async (_what, body, status, code) => {
    const response = await api.send("POST", "/e/k", body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String), status, code, ids: [] });
    expect(api.engine.sent).toEqual([]);
  });

  test("refuses a form of parts", async () => {
    const form = new FormData();
    form.set("name", "order/placed");
    const response = await api.server.fetch(
      new Request("http://localhost/e/k", { method: "POST", body: form }),
    );
    expect(response.status).toBe(415);
    expect((await response.json()).code).toBe("unsupported_media_type");
  });

  test("refuses a body that is packed", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    for (const path of ["/e/k", "/v1/signals"]) {
      const request = new Request(`http://localhost${path}`, { method: "POST", body: "{}", headers });
      const response = await api.server.fetch(request);
      expect(response.status).toBe(415);
      expect((await response.json()).code).toBe("unsupported_media_type");
    }
  });

  test("stops reading a body at the limit, whatever its length header says", async () => {
    let pulled = 0;
    const chunk = new Uint8Array(1024 * 1024);
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(chunk);
      },
    });
    const init = { method: "POST", body: endless, duplex: "half" } as RequestInit;
    const response = await api.server.fetch(new Request("http://localhost/e/k", init));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "body_too_large", ids: [] });
    expect(pulled).toBeLessThan(70);
  });

  test("says that the store is unavailable", async () => {
    api.engine.failWith = new StepfastError("store_unavailable", "the disk is full");
    const response = await api.send("POST", "/e/k", order);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "store_unavailable", ids: [] });
  });

  test("tells nothing of an unexpected failure but logs it", async () => {
    api.engine.failWith = new TypeError("secret detail");
    const response = await api.send("POST", "/e/k", order);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: "internal", status: 500 });
    expect(text).not.toContain("secret detail");
    expect(text).not.toContain("at ");
    expect(api.errors).toEqual(["A request failed"]);
  });

  test("does not log the key", () => {
    const logged: unknown[] = [];
    const error = (...what: unknown[]) => void logged.push(what);
    const log = { debug: error, info: error, warn: error, error };
    failureOf("/e/the-key", new Error("x"), log);
    expect(JSON.stringify(logged)).toContain('"/e"');
    expect(JSON.stringify(logged)).not.toContain("the-key");
  });
});

describe("POST /invoke/:slug", () => {
  test("starts a run of the function", async () => {
    const response = await api.send("POST", "/invoke/shop-pay", { data: { n: 1 } });
    expect(await response.json()).toEqual({ id: "EVENT", run_id: "RUN", status: 200 });
    expect(api.engine.invoked).toEqual([{ functionId: "shop-pay", event: { data: { n: 1 } } }]);
  });

  test("an unknown function is 404", async () => {
    const response = await api.send("POST", "/invoke/missing", {});
    expect(response.status).toBe(404);
    expect((await response.json()).code).toBe("function_not_found");
  });

  test("checks the payload like any event's", async () => {
    const response = await api.send("POST", "/invoke/shop-pay", { data: [1] });
    expect(response.status).toBe(400);
    expect(api.engine.invoked).toEqual([]);
  });
});

test("GET /health", async () => {
  expect(await (await api.get("/health")).json()).toEqual({ status: 200, message: "OK" });
});

describe("what no route takes", () => {
  test("an unknown path is 404", async () => {
    const response = await api.get("/nothing/here");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: "There is nothing at GET /nothing/here",
      status: 404,
      code: "not_found",
    });
  });

  test("an unknown v2 path is 404 in the shape of v2", async () => {
    const response = await api.get("/v2/nothing");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ errors: [{ code: "not_found", message: expect.any(String) }] });
  });

  test("a wrong method is 405 and names the right ones", async () => {
    const response = await api.send("PUT", "/v1/runs/01J");
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("DELETE, GET");
    expect((await response.json()).code).toBe("method_not_allowed");
  });

  test("a trailing slash changes nothing", async () => {
    expect((await api.get("/health/")).status).toBe(200);
  });
});
