import { z } from "zod";
import { runStatuses } from "./run.ts";
import { time, timeOrNull } from "./values.ts";

const moment = z
  .union([z.iso.datetime({ offset: true }), z.number()], { error: "must be an ISO time, or milliseconds" })
  .transform((value) => (typeof value === "number" ? value : Date.parse(value)))
  .meta({ type: "string", format: "date-time" });

/** Which runs a bulk operation is about: all that meet every condition given. */
export const bulkRequest = z
  .object({
    appId: z.array(z.string()).optional(),
    functionId: z.array(z.string()).optional().describe("Full ids, or own ids where one `appId` is given."),
    status: z.array(z.enum(runStatuses)).optional(),
    from: moment.optional().describe("Runs queued from then on."),
    until: moment.optional().describe("Runs queued before that."),
    expression: z.string().min(1).optional().describe("CEL over `event`, `output`, `error` and `run`."),
    reason: z.string().max(500).optional().describe("Is kept with each run that is cancelled."),
    dryRun: z.boolean().optional().describe("Only count them and list the first."),
  })
  .meta({ id: "BulkRequest" });

const unjudged = z
  .object({ count: z.int(), runIds: z.array(z.string()).describe("The oldest of them, at most 50.") })
  .describe(
    "Runs of which it is not known whether the expression holds: their values are over 64 Mi characters, or it costs too much on them. Nothing is done to them.",
  )
  .meta({ id: "UnjudgedRuns" });

/** Which runs a replay is about. */
export const replayRequest = bulkRequest
  .extend({
    skipRepeated: z
      .boolean()
      .optional()
      .describe("Not runs that a rerun or a replay has repeated already. Default `false`."),
  })
  .meta({ id: "ReplayRequest" });

/** A bulk operation and how far it has come. */
export const bulkJob = z
  .object({
    id: z.string(),
    kind: z.enum(["cancel", "replay"]),
    status: z.enum(["running", "completed", "stopped"]),
    lookedAt: z.int().describe("Runs looked at so far."),
    matched: z
      .int()
      .describe(
        "Runs of these that it was done to. One that ends before a cancellation reaches it stays as it ended.",
      ),
    unjudged,
    filter: z.record(z.string(), z.unknown()),
    reason: z.string().nullable(),
    createdAt: time,
    endedAt: timeOrNull,
  })
  .meta({ id: "BulkJob" });

const previewedRun = z.object({
  id: z.string(),
  functionId: z.string(),
  status: z.enum(runStatuses),
  queuedAt: time,
});

/** What a bulk operation would be done to. */
export const bulkPreview = z
  .object({
    dryRun: z.literal(true),
    matched: z.int(),
    isComplete: z.boolean().describe("False: there are more than were counted."),
    runs: z.array(previewedRun).describe("The oldest of them, at most 50."),
    unjudged,
  })
  .meta({ id: "BulkPreview" });

const eventsOfPause = z.enum(["hold", "skip"]);
const runsOfPause = z.enum(["finish", "hold", "cancel"]);

/** How a function is to be paused. */
export const pauseRequest = z
  .object({
    events: eventsOfPause
      .optional()
      .describe(
        "`hold` (default): their runs start when it is resumed. `skip`: they are recorded as skipped.",
      ),
    runs: runsOfPause
      .optional()
      .describe("`finish` (default): they go on. `hold`: each stops after the steps that execute. `cancel`."),
    reason: z.string().max(500).optional(),
  })
  .meta({ id: "PauseRequest" });

export const pause = z
  .object({ pausedAt: time, events: eventsOfPause, runs: runsOfPause, reason: z.string().nullable() })
  .meta({ id: "Pause" });

/** Where a rerun begins. */
export const rerunRequest = z
  .object({
    fromStep: z
      .object({
        stepId: z.string().min(1).describe("The step's id as the function names it, or its hash."),
        input: z
          .array(z.unknown())
          .optional()
          .describe("Arguments in the place of what the function gives it."),
      })
      .optional(),
  })
  .meta({ id: "RerunRequest" });
