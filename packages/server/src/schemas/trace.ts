import { z } from "zod";
import { fork, forkedRun, parent, rollback, runStatuses, waitingFor } from "./run.ts";
import { json, time, timeOrNull } from "./values.ts";

const spanStatus = z.enum([...runStatuses, "WAITING"]);

const linkedRun = z
  .object({
    id: z.string(),
    function: z.string().describe("Its full id."),
    status: spanStatus.nullable().describe("Null until the run exists."),
  })
  .meta({ id: "LinkedRun" });

const stepWait = z
  .object({
    until: timeOrNull,
    eventName: z.string().nullable().optional(),
    expression: z.string().nullable().optional(),
    signal: z.string().nullable().optional(),
    functionId: z.string().nullable().optional(),
    timedOut: z.boolean().optional(),
  })
  .meta({ id: "StepWait" });

export const metadataEntry = z
  .object({
    scope: z.enum(["run", "step", "step_attempt"]),
    kind: z.string(),
    values: z.record(z.string(), json),
    updatedAt: time,
  })
  .meta({ id: "RunMetadata" });

const attributes = z.record(z.string(), json);

/** Of a span of user code. */
const userland = z
  .object({
    kind: z.string().describe("`INTERNAL`, `SERVER`, `CLIENT`, `PRODUCER`, `CONSUMER` or `UNSPECIFIED`."),
    scope: z.string().describe("The library that made it."),
    service: z.string().nullable(),
    attributes: attributes.optional(),
    events: z.array(z.object({ at: time, name: z.string(), attributes })).optional(),
  })
  .meta({ id: "UserlandSpan" });

/** One bar of a run's timeline: the run, a step of it, or an attempt. */
export const span = z
  .object({
    id: z.string(),
    name: z.string(),
    status: spanStatus,
    stepOp: z.string().nullable(),
    stepId: z.string().nullable(),
    attempts: z.int().describe("Retries so far."),
    queuedAt: timeOrNull,
    startedAt: timeOrNull,
    endedAt: timeOrNull,
    durationMs: z.number().nullable(),
    error: z.object({ name: z.string(), message: z.string() }).optional(),
    wait: stepWait.optional(),
    run: linkedRun.optional(),
    metadata: z.array(metadataEntry).optional(),
    keptFrom: z
      .string()
      .optional()
      .describe("The run that did this step: a rerun kept its result. Its times are those of then."),
    isForkPoint: z
      .literal(true)
      .optional()
      .describe("At this step the run begins to do what it does itself."),
    userland: userland.optional().describe("Of a span that user code made with OpenTelemetry."),
    input: json.optional(),
    output: json.optional(),
    get children() {
      return z.array(span);
    },
  })
  .meta({ id: "Span" });

const deferred = z
  .object({
    id: z.string(),
    stepId: z.string(),
    status: z.enum(["SCHEDULED", "STARTED", "ABORTED", "REJECTED"]),
    function: z.string().nullable(),
    run: linkedRun.nullable(),
    queuedAt: timeOrNull,
    endedAt: timeOrNull,
    reason: z.string().optional(),
  })
  .meta({ id: "Defer" });

/** The whole account of a run. */
export const trace = z
  .object({
    runId: z.string(),
    rootSpan: span,
    defers: z.array(deferred),
    parent: parent.nullable(),
    fork: fork.nullable().describe("The run that this one repeats."),
    forks: z
      .array(forkedRun)
      .describe("Runs that repeat this one, also by way of others: the newest, at most 100."),
    hasMoreForks: z
      .boolean()
      .describe("There may be more: `GET /v2/runs?originalRunId=…` lists all that repeat one first run."),
    waiting: z.array(waitingFor),
    rollback: rollback.optional(),
  })
  .meta({ id: "Trace" });
