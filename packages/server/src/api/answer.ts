import { z } from "zod";
import { page, time } from "../schemas/values.ts";
import { envelopeV1, envelopeV2, type Page } from "../views/envelope.ts";

/** What an endpoint answers with when all goes well: a schema, and how the handler's value becomes a response. */
export interface Answer<Value> {
  status: number;
  /** Of the whole body; null: there is none. */
  schema: z.ZodType | null;
  /** Default `application/json`. Of JSON lines the schema is that of a line. */
  mediaType?: string;
  respond(value: Value, nowMs: number): Response;
}

/** A part of a list, and how to go on. */
export interface Rows<Row> {
  rows: Row[];
  page: Page;
}

const metadataV1 = z
  .object({ fetched_at: time, cached_until: z.null().describe("Nothing is cached.") })
  .meta({ id: "MetadataV1" });
const metadataV2 = z
  .object({ fetchedAt: time, cachedUntil: z.null().describe("Nothing is cached.") })
  .meta({ id: "Metadata" });

/** In the envelope of v1 (PROTOCOL §8). */
export function v1<S extends z.ZodType>(data: S): Answer<z.input<S>> {
  return {
    status: 200,
    schema: z.object({ data, metadata: metadataV1 }),
    respond: (value, nowMs) => Response.json(envelopeV1(value, nowMs)),
  };
}

/** In the envelope of v2 (SERVER §4.4). */
export function v2<S extends z.ZodType>(data: S, status = 200): Answer<z.input<S>> {
  return {
    status,
    schema: z.object({ data, metadata: metadataV2 }),
    respond: (value, nowMs) => Response.json(envelopeV2(value, nowMs), { status }),
  };
}

/** A page of a list, in the envelope of v2. */
export function v2Page<S extends z.ZodType>(row: S): Answer<Rows<z.input<S>>> {
  return {
    status: 200,
    schema: z.object({ data: z.array(row), metadata: metadataV2, page }),
    respond: ({ rows, page }, nowMs) => Response.json(envelopeV2(rows, nowMs, page)),
  };
}

/** As it is, without an envelope. */
export function bare<S extends z.ZodType>(schema: S): Answer<z.input<S>> {
  return { status: 200, schema, respond: (value) => Response.json(value) };
}

export const JSON_LINES = "application/x-ndjson";

/** As many lines of JSON as there are, sent as they are read. */
export function jsonLines(line: z.ZodType): Answer<ReadableStream<Uint8Array>> {
  const headers = { "content-type": JSON_LINES };
  return {
    status: 200,
    schema: line,
    mediaType: JSON_LINES,
    respond: (lines) => new Response(lines, { headers }),
  };
}

/** 204. */
export const nothing: Answer<void> = {
  status: 204,
  schema: null,
  respond: () => new Response(null, { status: 204 }),
};
