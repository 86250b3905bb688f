import { z } from "zod";

const ms = z.number().describe("Milliseconds since the epoch.");
const msOrNull = ms.nullable();
const textOrNull = z.string().nullable();
const json = z.unknown();

const archivedEvent = z.object({
  id: z.string(),
  key: textOrNull.describe("The sender's own id."),
  name: z.string(),
  data: json,
  user: json,
  meta: json,
  v: textOrNull,
  ts: ms,
  receivedAt: ms,
  runId: textOrNull.describe("The run that emitted a system event."),
});

const archivedStep = z.object({
  stepId: z.string().describe("Hash of the step's id."),
  no: z.int().describe("In order of discovery."),
  op: z.string(),
  name: z.string(),
  userId: z.string().describe("The id as the function names it."),
  status: z.string(),
  attempt: z.int(),
  settledNo: z.int().nullable().describe("In order of results."),
  queuedAt: ms,
  startedAt: msOrNull,
  endedAt: msOrNull,
  dueAt: msOrNull,
  childRunId: textOrNull,
  opts: json,
  output: json.describe("`{data}` or `{error}`, as a replay of the function gets it."),
});

const archivedAttempt = z.object({
  stepId: z.string().describe("Empty: the function's body."),
  attempt: z.int(),
  startedAt: ms,
  endedAt: ms,
  error: json,
});

const archivedMetadata = z.object({
  stepId: z.string().describe("Empty: the run."),
  attempt: z.int().nullable(),
  kind: z.string(),
  op: z.string(),
  values: json,
  createdAt: ms,
});

const archivedFork = z.object({
  of: z.string().describe("The run that it repeats; `originalRunId` is the first of the chain."),
  by: z.enum(["rerun", "replay"]),
  job: textOrNull.describe("Id of the replay."),
  step: z
    .object({ stepId: z.string(), id: z.string(), name: z.string(), edited: z.boolean() })
    .nullable()
    .describe("Where it begins; null: at the beginning."),
  kept: z
    .array(z.object({ runId: z.string(), steps: z.int() }))
    .describe("Its first steps are not its own: so many that each of these runs did."),
});

const archivedRun = z.object({
  id: z.string(),
  functionId: z.string(),
  appId: z.string(),
  status: z.enum(["completed", "failed", "cancelled", "skipped"]),
  origin: z.string(),
  eventIds: z.array(z.string()),
  parentRunId: textOrNull,
  parentStepId: textOrNull,
  originalRunId: textOrNull,
  fork: archivedFork.nullable().describe("Where it comes from, if it repeats a run."),
  queuedAt: ms,
  startedAt: msOrNull,
  endedAt: ms,
  attempt: z.int(),
  cancel: json,
  output: json.describe("What the function returned, or its error."),
});

/** A line of an archive. docs/guides/operations.md tells of it. */
export const archiveLine = z
  .object({
    v: z.literal(1).describe("Version of the format."),
    run: archivedRun,
    events: z.array(archivedEvent),
    steps: z.array(archivedStep),
    attempts: z.array(archivedAttempt).describe("Those that failed."),
    metadata: z.array(archivedMetadata),
  })
  .meta({ id: "ArchiveLine" });
