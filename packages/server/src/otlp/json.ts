import { StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { parseJson } from "../http/body.ts";
import type { OtlpBatch } from "./otlp-span.ts";

/*
 * OTLP's JSON: as its protobuf, with ids in hexadecimal and 64-bit numbers as texts or numbers. What is not read is let pass.
 */

const nano = z
  .union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative()])
  .default("0")
  .transform((time) => BigInt(typeof time === "number" ? Math.trunc(time) : time));

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i, "not hexadecimal");

const value = z.object({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.union([z.string(), z.number()]).optional(),
  bytesValue: z.string().optional(),
  get arrayValue() {
    return z.object({ values: z.array(value).optional() }).optional();
  },
  get kvlistValue() {
    return z.object({ values: z.array(attribute).optional() }).optional();
  },
});

const attribute = z.object({
  key: z.string(),
  get value() {
    return value.optional();
  },
});

const attributes = z.array(attribute).default([]);

const span = z.object({
  traceId: hex,
  spanId: hex,
  parentSpanId: hex.default(""),
  name: z.string().default(""),
  kind: z.number().default(0),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  attributes,
  events: z.array(z.object({ timeUnixNano: nano, name: z.string().default(""), attributes })).default([]),
  status: z
    .object({ code: z.number().default(0), message: z.string().default("") })
    .default({ code: 0, message: "" }),
});

const request = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes }).default({ attributes: [] }),
        scopeSpans: z
          .array(
            z.object({
              scope: z.object({ name: z.string().default("") }).default({ name: "" }),
              spans: z.array(span).default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

function checked(given: unknown): z.output<typeof request> {
  try {
    return request.parse(given);
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const where = issue ? `: "${z.core.toDotPath(issue.path)}": ${issue.message}` : "";
    throw new StepfastError("invalid_request", `The request body is not OTLP${where}`, { cause });
  }
}

/** Throws `invalid_json`, `invalid_request`. */
export function batchesOfJson(text: string): OtlpBatch[] {
  return checked(parseJson(text)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.map(({ scope, spans }) => {
      const lower = spans.map((one) => ({
        ...one,
        traceId: one.traceId.toLowerCase(),
        spanId: one.spanId.toLowerCase(),
        parentSpanId: one.parentSpanId.toLowerCase(),
      }));
      return { resource: resource.attributes, scope: scope.name, spans: lower };
    }),
  );
}
