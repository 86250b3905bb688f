import type { PruneParams, PruneResult, Store } from "@stepfast/store";

/** Prunes portion by portion to the end; what `between` does happens after each. How many portions it took, and of what. */
export async function pruneAll(
  store: Store,
  params: PruneParams,
  between: (result: PruneResult) => Promise<void> | void = () => {},
): Promise<{ runs: number; events: number; portions: number }> {
  const total = { runs: 0, events: 0, portions: 0 };
  let cursor = params.cursor;
  for (;;) {
    const result = await store.prune({ ...params, cursor });
    total.runs += result.runs;
    total.events += result.events;
    total.portions += 1;
    await between(result);
    if (result.cursor === null) return total;
    cursor = result.cursor;
  }
}
