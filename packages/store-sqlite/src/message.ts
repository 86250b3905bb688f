import type { ErrorCode } from "@stepfast/protocol";
import type { SqlRow, SqlValue } from "./driver.ts";

/*
 * What the threads tell each other. A request is one flat list that begins with its kind: copying a list between threads
 * is several times cheaper than copying objects, whose keys would travel each time.
 */

export const requestKinds = {
  commit: 0,
  heartbeat: 1,
  reclaim: 2,
  endSession: 3,
  claim: 4,
  unblock: 5,
  putApp: 6,
  deleteApp: 7,
  setFunction: 8,
  prune: 9,
  putDocument: 10,
  deleteDocument: 11,
} as const;

/** Parts of a change-set, each as `section, count, values…`, in this order; an empty one is left out. */
export const sections = {
  guards: 0,
  keys: 1,
  events: 2,
  newRuns: 3,
  steps: 4,
  attempts: 5,
  metadata: 6,
  newWaits: 7,
  closedWaits: 8,
  endedWaits: 9,
  messages: 10,
  consumed: 11,
  endedMessages: 12,
  gates: 13,
  endedGates: 14,
  runs: 15,
} as const;

export const guardKinds = { lease: 0, live: 1, wait: 2, waits: 3, gate: 4, parked: 5, unowned: 6 } as const;

export const conflictKinds = { guard: 0, key: 1, event: 2, step: 3 } as const;

export type Request = SqlValue[];

/** How a request went. A conflict names its place in the change-set; of a key also who holds it. */
export type Reply =
  | null
  | { conflict: number; index: number; holder: string }
  | { value: number | boolean | SqlRow[] }
  | { error: ErrorCode; message: string };

export interface WriterOptions {
  path: string;
  synchronous: "FULL" | "NORMAL";
}

export type ToWriter = { batch: Request[] } | { close: true };

/** `lastSeq`: of the newest wait that this or an earlier batch opened. `isFinal`: nothing can be written any more. */
export type FromWriter =
  | { ready: true; lastSeq: number }
  | { replies: Reply[]; lastSeq: number }
  | { failed: ErrorCode; message: string; isFinal: boolean };
