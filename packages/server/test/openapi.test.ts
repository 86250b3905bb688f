import { Validator } from "@seriousme/openapi-schema-validator";
import { StepfastError } from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { OpenApiDocument } from "../src/api/openapi.ts";
import { endpoints } from "../src/routes/endpoints.ts";
import { openApi as openServer } from "./api-fixture.ts";

async function told(): Promise<OpenApiDocument> {
  const api = await openServer();
  return (await api.get("/openapi.json")).json();
}

describe("/openapi.json", () => {
  test("is a valid description in OpenAPI 3.1", async () => {
    const result = await new Validator().validate(await told());
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  test("names every endpoint once, with its parameters, scope and refusals", async () => {
    const { paths, components } = await told();
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids).toEqual([...new Set(ids)]);
    expect([...ids].sort()).toEqual(endpoints.map(({ id }) => id).sort());
    expect(paths["/v2/runs/{run}"]?.get).toMatchObject({
      "x-stepfast-scope": "read",
      parameters: [
        { name: "run", in: "path", required: true },
        { name: "includeOutput", in: "query", schema: { type: "boolean" } },
      ],
      responses: { 404: { description: "`run_not_found`" } },
    });
    expect(paths["/v2/runs"]?.get).toMatchObject({
      parameters: expect.arrayContaining([
        expect.objectContaining({
          name: "status",
          schema: expect.objectContaining({
            type: "array",
            items: { type: "string", enum: expect.any(Array) },
          }),
        }),
        expect.objectContaining({
          name: "limit",
          schema: { type: "integer", minimum: 1, maximum: 200, default: 20 },
        }),
        expect.objectContaining({ name: "from", schema: { type: "string", format: "date-time" } }),
      ]),
    });
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(["Run", "Span", "Webhook", "Key"]),
    );
  });

  test("says of events to send what their validator says", async () => {
    const schema = (await told()).components.schemas.IncomingEvent ?? {};
    const isTold = new Ajv2020({ strict: false }).compile(schema);
    const events: unknown[] = [
      { name: "a" },
      { name: "a", data: {}, user: {}, id: "x", ts: 1_700_000_000_000, v: "1", meta: {} },
      {},
      { name: "" },
      { name: 7 },
      { name: "a", data: [] },
      { name: "a", data: "x" },
      { name: "a", ts: "noon" },
      { name: "a", ts: 1.5 },
      { name: "a", id: 5 },
      { name: "a", v: 1 },
    ];
    for (const event of events) {
      const isTaken = (() => {
        try {
          return validateEvents(event).length === 1;
        } catch (error) {
          if (StepfastError.is(error)) return false;
          throw error;
        }
      })();
      expect([event, isTold(event)]).toEqual([event, isTaken]);
    }
  });
});
