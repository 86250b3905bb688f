import type { ChangeSet, CommitResult } from "./change-set.ts";
import type {
  AppRow,
  AttemptRow,
  EventRow,
  FunctionRow,
  MessageRow,
  MetadataRow,
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

export interface RunFilter {
  status?: RunStatus[];
  functionIds?: string[];
  appIds?: string[];
  origins?: RunOrigin[];
  /** The (first) triggering event. */
  eventId?: string;
  parentRunId?: string;
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

  loadRun(runId: string): Promise<LoadedRun | null>;
  getRun(runId: string): Promise<RunRow | null>;
  listRuns(filter: RunFilter): Promise<RunRow[]>;
  /** In order of `endedAt`, then as recorded. */
  listAttempts(runId: string): Promise<AttemptRow[]>;
  /** In the order in which it was recorded. */
  listMetadata(runId: string): Promise<MetadataRow[]>;

  /** In the order asked for; unknown ones are left out. */
  getEvents(ids: string[]): Promise<EventRow[]>;
  listEvents(filter: EventFilter): Promise<EventRow[]>;

  /**
   * The distinct non-empty paths waits on this name have used, ever, and "" if any had none, sorted. Waits of kind
   * `signal` are not counted: a signal's name is its own, and all of them are under the key "".
   */
  waitPaths(name: string): Promise<string[]>;
  /** Open, unexpired waits under this name and one of these keys. */
  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches>;

  /**
   * Inserts or replaces the app; functions of it that are not listed are archived. `createdAt` of what exists stays. A
   * function's version is the store's: 1, and one more whenever its config text changes. Putting it un-archives it.
   */
  putApp(params: { app: AppRow; functions: FunctionRow[]; now: number }): Promise<void>;
  /** Removes the app and archives its functions. */
  deleteApp(params: { appId: string; now: number }): Promise<void>;
  /** In order of id. */
  listApps(): Promise<AppRow[]>;
  /** Archived ones too, in order of id. */
  listFunctions(): Promise<FunctionRow[]>;

  /** Resolves once everything asked for before is answered; calls from then on reject with `store_unavailable`. */
  close(): Promise<void>;
}
