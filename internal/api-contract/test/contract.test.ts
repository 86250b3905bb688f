import { Contract } from "@stepfast-internal/api-contract";
import { describe, expect, test } from "vitest";

const json = (schema: object) => ({ content: { "application/json": { schema } } });
const thing = {
  type: "object",
  properties: { id: { type: "string" }, at: { type: "string", format: "date-time" } },
  required: ["id"],
  additionalProperties: false,
};
const contract = new Contract({
  paths: {
    "/v2/things/{thing}": {
      get: { responses: { 200: json(thing), 204: {} } },
    },
    "/v2/things/all": {
      get: { responses: { 200: json({ type: "array", items: thing }) } },
    },
  },
});

const check = (path: string, body: unknown, status = 200) => {
  const text = body === undefined ? null : JSON.stringify(body);
  return contract.check("GET", `http://host${path}`, new Response(text, { status }));
};

describe("an answer", () => {
  test("that is as told is let through, also below /api", async () => {
    await check("/v2/things/7", { id: "7", at: "2026-01-02T03:04:05.000Z" });
    await check("/api/v2/things/7?a=b", { id: "7" });
    await check("/v2/things/all", [{ id: "7" }]);
    await check("/v2/things/7", undefined, 204);
    await check("/elsewhere", { any: "thing" });
    expect([...contract.seen]).toEqual([
      "GET /v2/things/{thing} 200",
      "GET /v2/things/all 200",
      "GET /v2/things/{thing} 204",
    ]);
  });

  test.each([
    ["lacks a member", "/v2/things/7", {}, 200],
    ["has one that is not told of", "/v2/things/7", { id: "7", more: 1 }, 200],
    ["has one of another kind", "/v2/things/7", { id: 7 }, 200],
    ["has a time that is none", "/v2/things/7", { id: "7", at: "noon" }, 200],
    ["is that of another path", "/v2/things/all", { id: "7" }, 200],
    ["has a status that is not told of", "/v2/things/7", { id: "7" }, 418],
  ])("that %s is an error", async (_what, path, body, status) => {
    await expect(check(path, body, status)).rejects.toThrow(/told/);
  });
});
