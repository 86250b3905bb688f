import type { ChangeSet, CommitResult } from "./change-set.ts";
import type {
  AppRow,
  AttemptRow,
  DocumentRow,
  EventRow,
  FunctionRow,
  GateKind,
  GateRow,
  MessageRow,
  MetadataRow,
  ParkedRun,
  RunOrigin,
  RunRow,
  RunStatus,
  StepRow,
  WaitRow,
} from "./records.ts";

/** A run with all it takes to continue it. */
export interface LoadedRun {
  run: RunRow;
  /** In order of `no`. */
  steps: StepRow[];
  /** The triggering events, in order. */
  events: EventRow[];
  /** In order of arrival. */
  messages: MessageRow[];
  /** Open waits. */
  waits: WaitRow[];
}

export interface LoadOptions {
  /** Characters. Outputs of steps that are longer are not read: `omittedValue` is in their place. Default: all are. */
  longestOutput?: number | undefined;
}

export interface RunFilter {
  status?: RunStatus[];
  functionIds?: string[];
  appIds?: string[];
  origins?: RunOrigin[];
  /** The (first) triggering event. */
  eventId?: string;
  parentRunId?: string;
  originalRunId?: string;
  /** Which time `from` (included) and `until` (excluded) are about. Default `queuedAt`. */
  timeField?: "queuedAt" | "startedAt" | "endedAt";
  from?: number;
  until?: number;
  /** Id of the last run of the page before. */
  cursor?: string;
  /** Of ids, which is the order in which runs were made. Default `desc`. */
  order?: "asc" | "desc";
  /** Default 20, at most 400. */
  limit?: number;
}

export interface EventFilter {
  name?: string;
  /** Excluded. */
  receivedAfter?: number;
  /** Excluded. */
  receivedBefore?: number;
  /** Leave out events whose name begins with `inngest/`. */
  excludeSystem?: boolean;
  /** Id of the last event of the page before. */
  cursor?: string;
  /** Newest (highest id) first. Default 20, at most 400. */
  limit?: number;
}

export interface GateFilter {
  functionId?: string;
  kinds?: GateKind[];
  /** Id of the last gate of the page before. */
  cursor?: string;
  /** In order of id. Default 20, at most 400. */
  limit?: number;
}

export interface PruneParams {
  endedBefore: Partial<Record<RunStatus, number>>;
  eventsBefore: number | null;
  limit: number;
  /** Of the portion before; absent: from the oldest on. */
  cursor?: string | undefined;
}

export interface PruneResult {
  runs: number;
  events: number;
  /** Null: all was looked at. */
  cursor: string | null;
}

export interface DocumentFilter {
  kind: string;
  /** Id of the last document of the page before. */
  cursor?: string;
  /** Default 20, at most 400. */
  limit?: number;
}

export interface WaitMatches {
  /** In the order in which they were opened. */
  waits: WaitRow[];
  /**
   * How many paths are registered for the name (the length of `waitPaths`; if it is not what the keys were made from,
   * look again), and the newest wait seen: what a `waits` guard compares. Versions last as long as the store is open.
   */
  paths: number;
  version: number;
}

/**
 * The storage contract. Every operation is atomic; what a resolved promise reported is durable. `now` is always the
 * caller's: a store has no clock. A driver takes no decision: it applies rows, checks guards and finds rows. A call
 * that could not be carried out rejects with `store_unavailable`; then nothing of it is there, or all of it if only
 * the answer was lost. Writes are carried out in the order they were asked for, and when one rejects so, those asked for
 * before that was known reject too: what builds on a write is never there without it. Opening a durable store gives every session up: the live runs they held are due at once, with
 * `wakeAt` 0.
 */
export interface Store {
  /** Applies a change-set. Concurrent calls share a transaction and an fsync. */
  commit(changes: ChangeSet): Promise<CommitResult>;

  /**
   * Tells that a session is alive until then; the first one begins it. False: the session was given up for dead (by
   * `reclaim` or `endSession`); all it owned is lost, and it will not come back: go on under a new name.
   */
  heartbeat(params: { owner: string; now: number; until: number }): Promise<boolean>;
  /**
   * Gives up the sessions whose `until` has come, and takes every live run away whose owner is no session that is
   * alive (also one that never had a heartbeat): `wakeAt` becomes `now`. Returns how many.
   */
  reclaim(params: { now: number }): Promise<number>;
  /** Gives the session up: the live runs it owns become claimable now. */
  endSession(params: { owner: string; now: number }): Promise<void>;
  /**
   * Leases live runs nobody owns whose `wakeAt` has come, in order of (wakeAt, id): owner set, epoch + 1, wakeAt null,
   * blocked null. The rows returned show the new owner and epoch, but `blocked` as it was before. A session that was
   * given up gets none.
   */
  claim(params: { owner: string; now: number; limit: number }): Promise<RunRow[]>;
  /** The earliest `wakeAt` of a live run nobody owns. */
  nextWakeAt(): Promise<number | null>;
  /**
   * Makes parked runs of these functions that are `blocked` for this reason claimable now: `wakeAt` becomes `now` if it
   * was later or null. `blocked` stays until they are claimed. Returns how many.
   */
  unblock(params: { functionIds: string[]; blocked: string; now: number }): Promise<number>;

  loadRun(runId: string, options?: LoadOptions): Promise<LoadedRun | null>;
  getRun(runId: string): Promise<RunRow | null>;
  /** An output of more than a million characters is not read: `omittedValue` is in its place. */
  listRuns(filter: RunFilter): Promise<RunRow[]>;
  /** Of the run's steps those with one of these ops, in order of `no`. */
  listSteps(params: { runId: string; ops: string[] }): Promise<StepRow[]>;
  /** In order of `endedAt`, then as recorded. */
  listAttempts(runId: string): Promise<AttemptRow[]>;
  /** In the order in which it was recorded. */
  listMetadata(runId: string): Promise<MetadataRow[]>;

  /** In the order asked for; unknown ones are left out. */
  getEvents(ids: string[]): Promise<EventRow[]>;
  /** Data of more than a million characters are not read: `omittedValue` is in their place. */
  listEvents(filter: EventFilter): Promise<EventRow[]>;

  /**
   * The distinct non-empty paths waits on this name have used, ever, and "" if any had none, sorted. Waits of kind
   * `signal` are not counted: a signal's name is its own, and all of them are under the key "".
   */
  waitPaths(name: string): Promise<string[]>;
  /** Open, unexpired waits under this name and one of these keys. */
  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches>;

  /** Those that exist, in no order. */
  getGates(ids: string[]): Promise<GateRow[]>;
  listGates(filter: GateFilter): Promise<GateRow[]>;
  /** Gates whose `dueAt` has come, in order of (dueAt, id). */
  dueGates(params: { now: number; limit: number }): Promise<GateRow[]>;
  /** The earliest `dueAt` of a gate. */
  nextGateAt(): Promise<number | null>;
  /** Live runs that wait at the gate, in order of (rank, id); the first `limit` after the cursor. */
  listParked(params: {
    gate: string;
    after?: { rank: number; id: string } | undefined;
    limit: number;
  }): Promise<ParkedRun[]>;

  /**
   * Inserts or replaces the app; functions of it that are not listed are archived. `createdAt`, `paused` and `overrides` of
   * what exists stay. A
   * function's version is the store's: 1, and one more whenever its config text changes. Putting it un-archives it.
   */
  putApp(params: { app: AppRow; functions: FunctionRow[]; now: number }): Promise<void>;
  /**
   * Sets what operators decide of a function; what is undefined stays. With `overridesBefore` only if `overrides` is just that.
   * False: there is no such function, or another has changed `overrides`; then nothing was done.
   */
  setFunction(params: {
    id: string;
    paused?: string | null | undefined;
    overrides?: string | null | undefined;
    overridesBefore?: string | null | undefined;
  }): Promise<boolean>;
  /** Removes the app and archives its functions. */
  deleteApp(params: { appId: string; now: number }): Promise<void>;
  /** In order of id. */
  listApps(): Promise<AppRow[]>;
  /** Archived ones too, in order of id. */
  listFunctions(): Promise<FunctionRow[]>;

  /**
   * Deletes trees of runs (a run, those it invoked or deferred, and theirs) of which every run ended before the time
   * given for its status, with all that hangs on them; then events received before `eventsBefore` that no run that is
   * left was started by, and keys that have expired by then. A status without a time is kept. Looks at no more than `limit` roots and
   * `limit` events, so that others are not held up: go on with the cursor until it is null.
   */
  prune(params: PruneParams): Promise<PruneResult>;

  /**
   * Stores the document if `version` is that of the stored one, 0 where there must be none: it is then `version + 1`.
   * False: somebody else was first, and nothing was done.
   */
  putDocument(params: {
    kind: string;
    id: string;
    body: string;
    version: number;
    now: number;
  }): Promise<boolean>;
  getDocument(params: { kind: string; id: string }): Promise<DocumentRow | null>;
  /** Those of a kind, in order of id. */
  listDocuments(filter: DocumentFilter): Promise<DocumentRow[]>;
  /** Deletes the document if `version` is that of the stored one. False: it is not, or there is none. */
  deleteDocument(params: { kind: string; id: string; version: number }): Promise<boolean>;

  /** Resolves once everything asked for before is answered; calls from then on reject with `store_unavailable`. */
  close(): Promise<void>;
}
