import { AsyncLocalStorage } from "node:async_hooks";

/** A call of an app, as the app can tell. */
export interface Call {
  /** How often the run had been taken by a node when the call was made. */
  generation: number;
  attempt?: number;
  /** The worker's connection by which it came; over HTTP there is none. */
  connection?: string;
}

/** The call in which code runs; undefined: the node called in its process. */
export const calls = new AsyncLocalStorage<Call>();
