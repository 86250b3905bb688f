import { limits } from "@stepfast/protocol";
import { z } from "zod";
import { hold } from "./limit.ts";
import { json, time } from "./values.ts";

const data = z.record(z.string(), json);
const meta = z.record(z.string(), json);

/** What is to be sent; the protocol's validator is the judge of it. */
export const incomingEvent = z
  .object({
    name: z.string().min(1).max(limits.eventNameBytes),
    data: data.optional(),
    user: data.optional(),
    id: z.string().optional().describe("A second event with the same id within 24 hours is not a new one."),
    ts: z.int().optional().describe("Milliseconds since 1970; in the future: runs start then."),
    v: z.string().optional(),
    meta: meta.optional(),
  })
  .meta({ id: "IncomingEvent" });

/** An event of the v1 API (SERVER §4.2). */
export const eventV1 = z
  .object({
    internal_id: z.string().describe("What the other routes take."),
    account_id: z.string(),
    environment_id: z.string(),
    source: z.enum(["api", "run"]),
    source_id: z.string().nullable().describe("The run that emitted it."),
    received_at: time,
    id: z.string().describe("The sender's id, or `internal_id`."),
    name: z.string(),
    data,
    user: data,
    ts: z.number(),
    v: z.string().optional(),
    meta: meta.optional(),
  })
  .meta({ id: "EventV1" });

/** An event of the v2 API. */
export const event = z
  .object({
    id: z.string().describe("What sending it returned."),
    key: z.string().nullable().describe("The sender's own id."),
    name: z.string(),
    data,
    user: data.nullable(),
    v: z.string().nullable(),
    ts: z.number(),
    sessions: z.record(z.string(), json).describe("Session keys and their ids."),
    receivedAt: time,
    runId: z.string().nullable().describe("The run that emitted it."),
    holds: z
      .array(hold)
      .optional()
      .describe("Where it waits, debounced or in a batch, to become a run; not in lists."),
  })
  .meta({ id: "Event" });

export const signal = z.object({ signal: z.string().min(1), data: json.optional() }).meta({ id: "Signal" });
