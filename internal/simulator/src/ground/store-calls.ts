import type { LoadedRun, SharedStore } from "@stepfast/store";

/** Operations that only look. */
export const looks = [
  "nextWakeAt",
  "loadRun",
  "getRun",
  "listRuns",
  "listAttempts",
  "listMetadata",
  "getEvents",
  "listEvents",
  "waitPaths",
  "findWaits",
  "getGates",
  "listGates",
  "dueGates",
  "nextGateAt",
  "listParked",
  "listApps",
  "listFunctions",
  "getDocument",
  "listDocuments",
  "news",
] as const satisfies (keyof SharedStore)[];

export const writes = [
  "commit",
  "heartbeat",
  "reclaim",
  "endSession",
  "claim",
  "unblock",
  "putApp",
  "setFunction",
  "prune",
  "deleteApp",
  "putDocument",
  "deleteDocument",
] as const satisfies (keyof SharedStore)[];

/** Who looks past all faults. */
export const OBSERVER = "observer";

/** A node is told to open its store by its first call; `leave` closes it. `clear` takes all rows away. */
export type StoreMethod = (typeof looks)[number] | (typeof writes)[number] | "leave" | "reopen" | "clear";

/** One call of a store that is in another thread. */
export interface StoreCall {
  id: number;
  node: string;
  method: StoreMethod;
  args: unknown[];
  /** These runs are to be looked at, before and after all calls that came with this one. */
  runIds?: string[];
}

export interface StoreAnswer {
  id: number;
  value?: unknown;
  before?: LoadedRun[];
  after?: LoadedRun[];
  error?: { code: string | undefined; message: string };
}
