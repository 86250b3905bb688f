import type { ChangeSet, CommitResult, LoadedRun, Store } from "@stepfast/store";
import type { EventLoop } from "../event-loop.ts";

/** Where a simulation's rows are. */
export interface Ground {
  /** The store itself, past all faults: for the checks. */
  readonly observer: Store;
  /** Whether nodes find there what other nodes leave for them. */
  readonly isShared: boolean;
  /** Whether time goes on while a node's call is under way. */
  readonly isHasty: boolean;
  /** A node's way to the rows. */
  open(node: string): Store;
  /** The node is no more. */
  leave(node: string): void;
  /** What opening a database does for the only node there is: it gives every session up. */
  reopen(): Promise<void>;
}

/** A ground without rows for a simulation that has this loop. */
export type MakeGround = (loop: EventLoop) => Ground;

/** A commit, and the runs it touches as they were before it and after it. */
export interface WatchedCommit {
  result: CommitResult;
  before: LoadedRun[];
  after: LoadedRun[];
}

/** A store that does not take effect when it is called: it has to look for itself. */
export interface WatchedStore extends Store {
  commitWatched(changes: ChangeSet, runIds: string[]): Promise<WatchedCommit>;
}

export function isWatched(store: Store): store is WatchedStore {
  return "commitWatched" in store;
}
