import { parseDuration } from "@stepfast/protocol";
import { z } from "zod";
import { json, time, timeOrNull } from "./values.ts";

const numbers = z.object({
  limit: z.int(),
  periodMs: z.int().optional().describe("Of a throttle and a rate limit."),
  burst: z.int().optional().describe("Of a throttle."),
});

const limit = z.object({
  name: z.string().describe("`concurrency-1`, `concurrency-2`, `concurrency-fn`, `throttle`, `rate-limit`."),
  scope: z.enum(["fn", "env", "account"]),
  key: z.string().nullable().describe("The key's expression."),
  configured: numbers,
  inForce: numbers.describe("What counts for values of the key that have no numbers of their own."),
  byKey: z.array(z.object({ key: json, inForce: numbers })).describe("Values of the key that have."),
});

const change = z.object({
  at: time,
  by: z.string().nullable().describe("Whose key it was; null: nobody was asked for one."),
  limit: z.string(),
  key: json.describe("The value of the key for which it was changed; null: for all."),
  to: numbers.partial().nullable().describe("Null: back to what is configured."),
});

/** The limits of a function: as they are configured, and as they were changed while it runs. */
export const functionLimits = z
  .object({
    limits: z.array(limit),
    version: z.int().describe("One more with every change: send it with the next one."),
    changes: z.array(change).describe("The last 100, the latest first."),
  })
  .meta({ id: "FunctionLimits" });

const period = z
  .string()
  .refine((value) => parseDuration(value) !== undefined, { error: 'must be a duration such as "30s"' });

/** What a limit is to be from now on. */
export const newLimit = z
  .object({
    limit: z.int().min(1).optional(),
    period: period.optional().describe("Of a throttle and a rate limit, such as `30s`."),
    burst: z.int().min(0).optional().describe("Of a throttle."),
    key: json.optional().describe("Only for this value of the limit's key."),
    version: z.int().min(0).optional().describe("Only if the function's limits still have this version."),
  })
  .refine((body) => [body.limit, body.period, body.burst].some((value) => value !== undefined), {
    error: 'must have a number to change, such as { "limit": 5 }',
  })
  .meta({ id: "NewLimit" });

/** Runs that wait at a limit, for one value of its key. */
export const queue = z
  .object({
    gate: z.string(),
    kind: z.enum(["concurrency", "throttle"]),
    functionId: z.string().nullable().describe("Null: functions share the limit."),
    key: json.describe("The key's value, or the digest of a long one; null where the limit has none."),
    waiting: z.int(),
    held: z.int().describe("Places taken."),
    limit: z.int(),
    oldest: z
      .object({ runId: z.string(), queuedAt: time, waitsForMs: z.int() })
      .nullable()
      .describe("The run that goes next."),
  })
  .meta({ id: "Queue" });

/** Why a run does not go on. */
export const blocker = z
  .object({
    kind: z.enum([
      "concurrency",
      "throttle",
      "paused",
      "function_missing",
      "start",
      "retry",
      "sleep",
      "event",
      "signal",
      "invoke",
      "no_worker",
      "refused",
      "no_room",
    ]),
    message: z.string().describe("One sentence, for people."),
    until: timeOrNull.describe("When it ends by itself; null: it does not."),
    step: z.object({ id: z.string(), name: z.string() }).optional().describe("The step that waits."),
    gate: z
      .object({
        id: z.string(),
        limit: z.int(),
        held: z.int(),
        waiting: z.int(),
        ahead: z.int().nullable().describe("Runs before this one; null: more than 400."),
        holders: z.array(z.object({ runId: z.string(), functionId: z.string() })).describe("At most 10."),
      })
      .optional(),
    name: z.string().optional().describe("The event, the signal or the function."),
    match: z.string().optional().describe("What the event must match."),
    runId: z.string().optional().describe("The run that is waited for."),
  })
  .meta({ id: "Blocker" });

/** Where an event waits to become a run. */
export const hold = z.object({
  functionId: z.string(),
  kind: z.enum(["debounce", "batch"]),
  until: timeOrNull,
  runId: z.string().describe("The run it will be part of, unless a later event takes its place."),
  events: z.int().describe("Events that wait together."),
});

/** A cron trigger and where it stands. */
export const schedule = z.object({
  cron: z.string(),
  timeZone: z.string(),
  jitterMs: z.int(),
  catchUp: z.enum(["skip", "one", "all"]),
  nextTick: timeOrNull,
  lastTick: timeOrNull.describe("The last one that became an event."),
  missed: z.int().describe("Ticks that were left out while no server ran."),
});
