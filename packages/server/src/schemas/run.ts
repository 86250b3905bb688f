import { z } from "zod";
import { blocker } from "./limit.ts";
import { json, time, timeOrNull } from "./values.ts";

export const runStatuses = ["QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "SKIPPED"] as const;
export const origins = ["event", "invoke", "defer", "cron"] as const;

/** A run of the v1 API (SERVER §4.2). */
export const runV1 = z
  .object({
    run_id: z.string(),
    run_started_at: time,
    function_id: z.string(),
    function_version: z.int(),
    environment_id: z.string(),
    event_id: z.string(),
    batch_id: z.string().optional(),
    original_run_id: z.string().optional(),
    cron: z.string().optional(),
    parent_run_id: z.string().optional(),
    status: z.enum(["Queued", "Running", "Completed", "Failed", "Cancelled", "Skipped"]),
    ended_at: timeOrNull,
    output: json.describe("What the function returned, or its error."),
  })
  .meta({ id: "RunV1" });

export const job = z
  .object({
    JobID: z.string(),
    at: time,
    position: z.int(),
    kind: z.enum(["start", "step", "retry", "sleep", "timeout"]),
    attempt: z.int(),
    Raw: z.null(),
  })
  .meta({ id: "Job" });

export const waitingFor = z
  .object({
    kind: z.enum(["start", "sleep", "event", "signal", "invoke", "retry", "blocked"]),
    step: z.string().nullable().describe("The waiting step's name; null where the run itself waits."),
    stepId: z.string().nullable(),
    until: timeOrNull.describe("When the wait ends by itself; null: never."),
    name: z
      .string()
      .optional()
      .describe("The event's or signal's name, the invoked function, or why the run is blocked."),
    runId: z.string().optional().describe("The run that is waited for."),
  })
  .meta({ id: "WaitingFor" });

export const parent = z
  .object({ runId: z.string(), stepId: z.string().nullable(), origin: z.enum(origins) })
  .meta({ id: "ParentRun" });

/** How a run that failed or was cancelled undid its steps. */
export const rollback = z
  .object({
    status: z
      .enum(["ROLLING_BACK", "ROLLED_BACK", "INCOMPLETE"])
      .describe("`INCOMPLETE`: a rollback failed for good; the others ran."),
    startedAt: timeOrNull,
    endedAt: timeOrNull,
    steps: z.array(
      z.object({
        step: z.string().describe("Name of the step that is undone."),
        stepId: z.string(),
        status: z.enum(["RUNNING", "COMPLETED", "FAILED"]),
        attempts: z.int().describe("Retries so far."),
        error: z.object({ name: z.string(), message: z.string() }).optional(),
      }),
    ),
  })
  .meta({ id: "Rollback" });

const repeatedRun = z.object({
  runId: z.string(),
  status: z
    .enum(runStatuses)
    .nullable()
    .optional()
    .describe("Null: the run is there no more, retention has deleted it. Not in lists."),
});

const forkStep = z.object({
  stepId: z.string().describe("Its hash."),
  id: z.string().describe("As the function names it."),
  name: z.string(),
  edited: z.boolean().describe("It was given other input than by the function."),
  input: z
    .array(json)
    .optional()
    .describe("That input: in a trace with `includeOutput`, as long as it is known."),
});

const forkKind = z.enum(["rerun", "replay"]);

/** Where a run that repeats another comes from. */
export const fork = z
  .object({
    of: repeatedRun.describe("The run that this one repeats."),
    original: repeatedRun.describe("The first of the chain, where that one repeats a run itself."),
    by: forkKind,
    job: z.string().nullable().describe("Id of the replay; null: it is a rerun."),
    fromStep: forkStep.nullable().describe("The step at which it begins; null: it repeats all of it."),
    keptSteps: z.int().describe("Steps whose results it was given, and that it did not do itself."),
  })
  .meta({ id: "Fork" });

/** A run that repeats the one that is shown, itself or by way of others. */
export const forkedRun = z
  .object({
    runId: z.string(),
    of: z.string().describe("The run that it repeats directly."),
    by: forkKind,
    job: z.string().nullable(),
    fromStep: forkStep.nullable(),
    keptSteps: z.int(),
    status: z.enum(runStatuses),
    queuedAt: time,
    endedAt: timeOrNull,
  })
  .meta({ id: "ForkedRun" });

/** A run of the v2 API (SERVER §4.4). */
export const run = z
  .object({
    id: z.string(),
    function: z.object({ id: z.string(), name: z.string() }),
    app: z.object({ id: z.string() }),
    status: z.enum(runStatuses),
    origin: z.enum(origins).describe("Why the run exists."),
    queuedAt: time,
    startedAt: timeOrNull,
    endedAt: timeOrNull,
    durationMs: z.number().nullable(),
    trigger: z.object({
      eventIds: z.array(z.string()),
      eventName: z.string().nullable(),
      isBatch: z.boolean(),
      batchId: z.string().nullable(),
      cronSchedule: z.string().nullable(),
    }),
    parent: parent.nullable().describe("The run that invoked or deferred this one."),
    originalRunId: z
      .string()
      .nullable()
      .describe(
        "The run that this one repeats, by a rerun or a replay: the first, if that one repeats a run itself.",
      ),
    fork: fork.nullable().describe("Where it comes from, if it repeats a run."),
    cancelRequested: z.object({ at: timeOrNull, reason: z.string().nullable() }).nullable(),
    rollback: rollback
      .optional()
      .describe(
        "How its steps were undone, if it failed or was cancelled and there were any to undo; not in lists.",
      ),
    waiting: z.array(waitingFor).optional().describe("What a live run waits for; not in lists."),
    blocker: blocker
      .nullable()
      .optional()
      .describe("Why it does not go on; null: it has ended, or a node is at work on it. Not in lists."),
    output: json.optional().describe("With `includeOutput`: what the function returned, or its error."),
  })
  .meta({ id: "Run" });
