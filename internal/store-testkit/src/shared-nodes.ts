import type { SharedStore } from "@stepfast/store";

/** Two nodes' views of one empty store; a store in memory is the same for both. Sessions live in the caller's time. */
export interface SharedNodes {
  here: SharedStore;
  there: SharedStore;
}
