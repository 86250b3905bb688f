/*
 * What is stored, as plain rows. Times are milliseconds since the epoch; JSON is kept as text, so that it is encoded
 * once and read only by whoever needs it. Columns of the SQL drivers are these names in snake_case. Text that is not
 * JSON comes back without what follows a U+0000, which databases do not keep; keys are compared as a whole.
 */

export interface EventRow {
  /** ULID given by the engine. */
  id: string;
  /** The sender's own de-duplication id; null: none was given, and functions see `id`. */
  key: string | null;
  name: string;
  /** JSON object. */
  data: string;
  /** JSON object or null. */
  user: string | null;
  v: string | null;
  /** JSON object or null. */
  meta: string | null;
  ts: number;
  receivedAt: number;
  /** The run that emitted a system event. */
  runId: string | null;
}

export type RunStatus = "queued" | "running" | "completed" | "failed" | "cancelled" | "skipped";

/** Why a run exists. */
export type RunOrigin = "event" | "invoke" | "defer" | "cron";

export interface RunRow {
  /** ULID. */
  id: string;
  /** Slug `<appId>-<functionId>`. */
  functionId: string;
  appId: string;
  status: RunStatus;
  origin: RunOrigin;
  /** The (first) triggering event. */
  eventId: string;
  /** JSON array of all event ids of a batch; null: only `eventId`. */
  eventIds: string | null;
  /** The run that invoked or deferred this one. */
  parentRunId: string | null;
  /** Hash of the parent's invoke or defer. */
  parentStepId: string | null;
  queuedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** JSON: the output if completed, a WireError if failed or cancelled, `{reason, existingRunId}` if skipped. */
  output: string | null;
  /** Zero-based attempt of the function body. */
  attempt: number;
  /** When the function body's next attempt is due; null: it is not waiting for one. */
  retryAt: number | null;
  /** Execution version the SDK reported; -1: not known yet. */
  requestVersion: number;
  /** JSON `{at, reason}` once cancellation was asked for. */
  cancel: string | null;
  /** Not started by then: cancelled (`timeouts.start`). */
  startBy: number | null;
  /** Not ended by then: cancelled (`timeouts.finish`). */
  finishBy: number | null;
  /** When the run wants to be claimed; null while it is owned, has ended, or waits without a deadline. */
  wakeAt: number | null;
  /** Session of the node that holds the run. */
  owner: string | null;
  /** Grows with each claim: with `owner` it fences stale writers. */
  epoch: number;
  /**
   * Why a live run that nobody holds is not running: `waiting` (its steps' deadlines and waits), `function_missing`,
   * `no_worker`…
   * Null while it is owned, and after its owner died. A claim clears it and returns what it was.
   */
  blocked: string | null;
  /** Its place among the runs that wait at the same gate: the lowest (rank, id) goes first. */
  rank: number;
  /** JSON: the gates its function's limits have put before it, and how much it holds of them; null: none. Its owner's to change. */
  flow: string | null;
  /** The gate at which it waits to be let through; null: at none. */
  gate: string | null;
  /** The run that this one repeats, by a rerun or a replay; the first of them, if it was itself one. */
  originalRunId: string | null;
  /** JSON: which run it repeats directly, and what it keeps of that one; null: it repeats none. */
  fork: string | null;
}

/** `lane`: a number at a time. `throttle`, `rate`: a number in a time. `job`: work in portions. The others hold what is to become a run, or is one. */
export type GateKind = "lane" | "throttle" | "rate" | "debounce" | "batch" | "singleton" | "schedule" | "job";

/** What a limit of a function has come to, for one value of its key. The engine reads and decides, a store only compares. */
export interface GateRow {
  id: string;
  kind: GateKind;
  /** Null: it is shared by functions. */
  functionId: string | null;
  /** New with every change of the gate, or of who waits at it; never used twice. */
  stamp: string;
  /** JSON. */
  state: string;
  /** When it wants to be looked at by itself; null: only when somebody comes. */
  dueAt: number | null;
}

/** A run that waits at a gate, as much of it as it takes to let it through. */
export type ParkedRun = Pick<
  RunRow,
  "id" | "functionId" | "appId" | "rank" | "flow" | "queuedAt" | "startBy" | "epoch"
>;

export type StepStatus =
  | "planned"
  | "retrying"
  | "waiting"
  | "completed"
  | "failed"
  | "scheduled"
  | "started"
  | "aborted"
  | "rejected";

/** A step of a run, or a defer (`op` is `DeferAdd`, status one of scheduled, started, aborted, rejected). */
export interface StepRow {
  runId: string;
  /** sha1 hex (PROTOCOL §5.1). */
  stepId: string;
  /** Order of discovery in the run, from 0. */
  no: number;
  op: string;
  /** Display name. */
  name: string;
  /** The id as the user wrote it. */
  userId: string;
  status: StepStatus;
  /** Zero-based attempt that runs next, or that settled the step. */
  attempt: number;
  /** When a sleep ends, a wait times out, a retry is due. */
  dueAt: number | null;
  /** JSON of the op's options, or null. */
  opts: string | null;
  /** JSON of the value replay sees (PROTOCOL §3.1), once settled. */
  output: string | null;
  /** Order in which results became known, from 0 (`ctx.stack`). */
  settledNo: number | null;
  queuedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** The invoked or deferred run. */
  childRunId: string | null;
}

/** A failed attempt of a step (`stepId`) or of the function body (`stepId` is ""). */
export interface AttemptRow {
  runId: string;
  stepId: string;
  attempt: number;
  startedAt: number;
  endedAt: number;
  /** JSON WireError. */
  error: string;
}

/** Something noted of a run (`stepId` is "") or of one of its steps (PROTOCOL §5, §8). */
/** `op` of a row that is a span of user code, not a note: its kind is the span's id. */
export const SPAN_OP = "span";

export interface MetadataRow {
  runId: string;
  stepId: string;
  /** Zero-based attempt of the step that it is about; null: the step as a whole. */
  attempt: number | null;
  kind: string;
  /** How it joins what was noted under its kind before: see `OpMetadata` of the protocol. */
  op: string;
  /** JSON object. */
  content: string;
  createdAt: number;
}

export type WaitKind = "event" | "cancel" | "signal";

/** Something outside the run that it waits for: found by (name, key). */
export interface WaitRow {
  runId: string;
  /** Hash of the step; `cancel:<n>` for the n-th cancelOn rule. */
  stepId: string;
  kind: WaitKind;
  /** Event name; `signal:<id>` for a signal. */
  name: string;
  /** The path of the incoming event that must equal a known value, e.g. `data.id`; "" where there is none. */
  path: string;
  /** `<path>=<json of the value>`; "" where there is none. */
  key: string;
  /** The whole expression, still to be evaluated. */
  expression: string | null;
  /** The waiting run's triggering event, for evaluating `event.…`. */
  eventId: string;
  createdAt: number;
  /** No match from then on; null: no end. */
  expiresAt: number | null;
}

export type MessageKind = "event" | "signal" | "child" | "cancel" | "slot";

/** News for a run from outside it, kept until the run has taken it in. */
export interface MessageRow {
  /** ULID. */
  id: string;
  runId: string;
  kind: MessageKind;
  /** The step it settles; "" for none. */
  stepId: string;
  /** JSON. `event`, `signal`, `child`: the step's wire value. `cancel`: `{reason}`. `slot`: the run was let through its gate. */
  payload: string;
  createdAt: number;
}

/** A claimed identity: an event's id, a function's idempotency key; or a secret of the installation. */
export interface KeyRow {
  /** `event`, `function:<slug>`, `invoke:<slug>`, `endpoint` (a run that its app named), `undo` (of a run), `secret`. */
  scope: string;
  key: string;
  /** Whose it is: the event's or the run's id. Of a secret: the secret. */
  value: string;
  /** When it is claimed. A claim made before counts as expired if its `expiresAt` is not later than this. */
  createdAt: number;
  expiresAt: number;
}

export interface AppRow {
  /** The client's id. */
  id: string;
  /** Serve URL; null: the functions live in the engine's process. */
  url: string | null;
  sdk: string | null;
  framework: string | null;
  appVersion: string | null;
  /** Last sync's error. */
  error: string | null;
  checksum: string;
  createdAt: number;
  syncedAt: number;
}

/** What is kept for the API and no run depends on: a webhook, a key. Told apart by kind and id. */
export interface DocumentRow {
  kind: string;
  id: string;
  /** JSON. */
  body: string;
  /** 1 at first, one more with every change. */
  version: number;
  createdAt: number;
  updatedAt: number;
}

export interface FunctionRow {
  /** Slug. */
  id: string;
  appId: string;
  name: string;
  /** JSON FunctionConfig. */
  config: string;
  version: number;
  createdAt: number;
  archivedAt: number | null;
  /** JSON: since when it is paused, and what becomes of its events; null: it is not. No sync changes it. */
  paused: string | null;
  /** JSON: limits that were changed while it runs; null: none was. No sync changes it. */
  overrides: string | null;
}
