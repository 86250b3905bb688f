import type {
  AttemptRow,
  EventRow,
  GateRow,
  KeyRow,
  MessageRow,
  MetadataRow,
  RunRow,
  StepRow,
  WaitRow,
} from "./records.ts";

/** Columns of a run that change after it was made. */
export type RunPatch = { id: string } & Partial<
  Pick<
    RunRow,
    | "status"
    | "startedAt"
    | "endedAt"
    | "output"
    | "attempt"
    | "retryAt"
    | "finishBy"
    | "requestVersion"
    | "cancel"
    | "wakeAt"
    | "owner"
    | "epoch"
    | "blocked"
    | "rank"
    | "flow"
    | "gate"
  >
>;

/** What must still be true before a change-set is applied (its own rows do not count); otherwise none of it is. */
export type Guard =
  /** The run is live (`queued` or `running`) and this owner holds it in this epoch. */
  | { kind: "lease"; runId: string; owner: string; epoch: number }
  /** The run exists and has not ended. */
  | { kind: "live"; runId: string }
  /** The wait is still open, be it past its `expiresAt` or not. */
  | { kind: "wait"; runId: string; stepId: string }
  /**
   * No wait was opened since `version` under this name and one of these keys, and no new path for the name: `paths` is
   * the length of the `waitPaths` list that the keys were made from, `version` what `findWaits` answered.
   */
  | { kind: "waits"; name: string; keys: string[]; paths: number; version: number }
  /** The gate has this stamp; null: there is no such gate. */
  | { kind: "gate"; id: string; stamp: string | null }
  /** The run is live and waits at this gate. */
  | { kind: "parked"; runId: string; gate: string }
  /** The run is live, nobody owns it, and this was its last owner's epoch. Who then makes it their own begins the next one. */
  | { kind: "unowned"; runId: string; epoch: number };

/**
 * One atomic change. A driver checks every guard and every key first; if all hold it applies everything, in the
 * order of these fields, else nothing. It takes no decision of its own; its mechanical rules are:
 *
 * - a message for a run that is not live (missing or ended) is dropped;
 * - a message for a live run that nobody owns sets its `wakeAt` to the earlier of itself and the message's time;
 * - a run patch that releases a live run (`owner: null`) while it still has messages sets `wakeAt` to the earlier of
 *   the patch's and the earliest message's time: news that crossed with parking is never lost. If the patch blocks the
 *   run for another reason than `waiting`, only messages of the kinds `cancel` and `slot` count: it could not take in the
 *   others;
 * - a step that is already completed or failed is never overwritten: the write is a conflict of kind `step`.
 *
 * Conflicts are looked for in the order guards, keys, events, steps; the first one found is reported. Change-sets apply
 * in the order in which they were committed; a refused one leaves no trace and does not disturb the others. Any other
 * row that names a run that does not exist, a new run whose id exists, and a step whose `no` belongs to another step are
 * bugs of the caller: the commit rejects with `internal` and applies nothing.
 */
export interface ChangeSet {
  guards?: Guard[];
  /** Claimed identities: one that exists and has not expired is a conflict of kind `key`, also within the list. */
  keys?: KeyRow[];
  /** An id that exists is a conflict of kind `event`. */
  events?: EventRow[];
  newRuns?: RunRow[];
  /** Inserted, or replaced by (runId, no): within a run `no` and `stepId` stand for each other. */
  steps?: StepRow[];
  /** Appended. */
  attempts?: AttemptRow[];
  /** Appended. */
  metadata?: MetadataRow[];
  /** Inserted, or replaced by (runId, stepId): a wait that is opened anew counts as opened now. */
  newWaits?: WaitRow[];
  closedWaits?: { runId: string; stepId: string }[];
  /** All waits of these runs. */
  endedWaits?: string[];
  /** Inserted, or replaced by (runId, id). */
  messages?: MessageRow[];
  /** Messages taken in, by id. */
  consumed?: { runId: string; id: string }[];
  /** All messages of these runs (they ended). */
  endedMessages?: string[];
  /** Inserted, or replaced by id. */
  gates?: GateRow[];
  /** Gates that are gone, by id; applied after `gates`. */
  endedGates?: string[];
  /** Columns that are undefined stay as they are. Applied last: a patch's `wakeAt` wins over that of a new message. */
  runs?: RunPatch[];
}

/** Why a change-set was refused. Nothing of it was applied. `value` of a key: whose it is already. */
export type Conflict =
  | { kind: "guard"; guard: Guard }
  | { kind: "key"; index: number; scope: string; key: string; value: string }
  | { kind: "event"; id: string }
  | { kind: "step"; runId: string; stepId: string };

export type CommitResult = { ok: true } | { ok: false; conflict: Conflict };
