import type { AttemptRow, EventRow, KeyRow, MessageRow, RunRow, StepRow, WaitRow } from "./records.ts";

/** Columns of a run that change after it was made. */
export type RunPatch = { id: string } & Partial<
  Pick<
    RunRow,
    | "status"
    | "startedAt"
    | "endedAt"
    | "output"
    | "attempt"
    | "requestVersion"
    | "cancel"
    | "wakeAt"
    | "owner"
    | "blocked"
  >
>;

/** What must still be true when a change-set is applied; otherwise none of it is. */
export type Guard =
  /** The run is live and this owner holds it in this epoch. */
  | { kind: "lease"; runId: string; owner: string; epoch: number }
  /** The run exists and has not ended. */
  | { kind: "live"; runId: string }
  /** The wait is still open. */
  | { kind: "wait"; runId: string; stepId: string }
  /** No wait was opened since `version` under this name and one of these keys, and no new path for the name. */
  | { kind: "waits"; name: string; keys: string[]; paths: number; version: number };

/**
 * One atomic change. A driver checks every guard and every key first; if all hold it applies everything, in the
 * order of these fields, else nothing. It takes no decision of its own, with two mechanical rules: a message for a
 * live run that nobody owns sets its `wakeAt` to the earlier of itself and the message's time; and a step that is
 * already completed or failed is never overwritten (the write is a conflict of kind `step`).
 */
export interface ChangeSet {
  guards?: Guard[];
  /** Claimed identities: one that exists and has not expired is a conflict of kind `key`. */
  keys?: KeyRow[];
  events?: EventRow[];
  newRuns?: RunRow[];
  /** Inserted, or replaced by (runId, stepId). */
  steps?: StepRow[];
  attempts?: AttemptRow[];
  newWaits?: WaitRow[];
  closedWaits?: { runId: string; stepId: string }[];
  /** All waits of these runs. */
  endedWaits?: string[];
  messages?: MessageRow[];
  /** Messages taken in, by id. */
  consumed?: { runId: string; id: string }[];
  /** All messages of these runs (they ended). */
  endedMessages?: string[];
  runs?: RunPatch[];
}

/** Why a change-set was refused. Nothing of it was applied. */
export type Conflict =
  | { kind: "guard"; guard: Guard }
  | { kind: "key"; index: number; scope: string; key: string; value: string }
  | { kind: "event"; id: string }
  | { kind: "step"; runId: string; stepId: string };

export type CommitResult = { ok: true } | { ok: false; conflict: Conflict };
