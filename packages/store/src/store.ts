import type { ChangeSet, CommitResult } from "./change-set.ts";
import type {
  AppRow,
  AttemptRow,
  EventRow,
  FunctionRow,
  MessageRow,
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
  eventId?: string;
  parentRunId?: string;
  /** Which time `from` and `until` are about. Default `queuedAt`. */
  timeField?: "queuedAt" | "startedAt" | "endedAt";
  from?: number;
  until?: number;
  /** Id of the last run of the page before. */
  cursor?: string;
  order?: "asc" | "desc";
  /** Default 20, at most 400. */
  limit?: number;
}

type RunOrigin = RunRow["origin"];

export interface EventFilter {
  name?: string;
  receivedAfter?: number;
  receivedBefore?: number;
  /** Leave out events whose name begins with `inngest/`. */
  excludeSystem?: boolean;
  /** Id of the last event of the page before. */
  cursor?: string;
  /** Newest first. Default 20, at most 400. */
  limit?: number;
}

export interface WaitMatches {
  waits: WaitRow[];
  /** How many paths are registered for the name, and the newest wait seen: what a `waits` guard compares. */
  paths: number;
  version: number;
}

/**
 * The storage contract. Every operation is atomic; what a resolved promise reported is durable. `now` is always the
 * caller's: a store has no clock. A driver takes no decision: it applies rows, checks guards and finds rows.
 */
export interface Store {
  /** Applies a change-set. Concurrent calls share a transaction and an fsync. */
  commit(changes: ChangeSet): Promise<CommitResult>;

  /** Tells that a session is alive until then. False: the session was given up for dead; all it owned is lost. */
  heartbeat(params: { owner: string; now: number; until: number }): Promise<boolean>;
  /** Takes all runs away from sessions that are past their time; they become claimable now. Returns how many. */
  reclaim(params: { now: number }): Promise<number>;
  /** Ends a session: what it owns becomes claimable now. */
  endSession(params: { owner: string; now: number }): Promise<void>;
  /** Leases runs whose `wakeAt` has come, earliest first: owner set, epoch + 1, wakeAt null. */
  claim(params: { owner: string; now: number; limit: number }): Promise<RunRow[]>;
  /** The earliest `wakeAt` of a run nobody owns. */
  nextWakeAt(): Promise<number | null>;
  /** Makes runs of these functions that are `blocked` claimable now. */
  unblock(params: { functionIds: string[]; now: number }): Promise<number>;

  loadRun(runId: string): Promise<LoadedRun | null>;
  getRun(runId: string): Promise<RunRow | null>;
  listRuns(filter: RunFilter): Promise<RunRow[]>;
  /** In order of time. */
  listAttempts(runId: string): Promise<AttemptRow[]>;

  getEvents(ids: string[]): Promise<EventRow[]>;
  listEvents(filter: EventFilter): Promise<EventRow[]>;

  /** The distinct non-empty paths waits on this name have used, ever, and "" if any had none. */
  waitPaths(name: string): Promise<string[]>;
  /** Open, unexpired waits under this name and one of these keys. */
  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches>;

  /** Inserts or replaces the app; functions of it that are not listed are archived. */
  putApp(params: { app: AppRow; functions: FunctionRow[]; now: number }): Promise<void>;
  deleteApp(params: { appId: string; now: number }): Promise<void>;
  listApps(): Promise<AppRow[]>;
  /** Archived ones too. */
  listFunctions(): Promise<FunctionRow[]>;

  close(): Promise<void>;
}
