import type { Store } from "@stepfast/store";
import { withCommit } from "./store-proxy.ts";

/** A store that breaks the first promise, to show that the test notices: it loses results of steps it acknowledged. */
export function forgetfulStore(store: Store, probability: number): Store {
  return withCommit(store, (changes) => {
    const isLost = Math.random() < probability;
    return store.commit({
      ...changes,
      ...(isLost && changes.steps
        ? { steps: changes.steps.filter(({ status, op }) => status !== "completed" || op !== "StepRun") }
        : {}),
    });
  });
}
