import type { Store } from "@stepfast/store";

/** The store of the test that is running. */
export interface Subject {
  readonly store: Store;
  reopen(): Promise<Store>;
}
