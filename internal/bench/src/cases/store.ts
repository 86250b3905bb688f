import { join } from "node:path";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { beginning, step } from "../bare-rows.ts";
import type { Case } from "../case.ts";
import { appendTimes } from "../disk.ts";
import { median } from "../statistics.ts";

async function stepsOf(store: Store, runId: string, count: number): Promise<number[]> {
  await store.commit(beginning(runId));
  const times: number[] = [];
  for (let no = 0; no < count; no++) {
    const begunAt = performance.now();
    await store.commit(step(runId, no));
    times.push(performance.now() - begunAt);
  }
  return times;
}

/** The store without an engine above it. */
export const storeAlone: Case = {
  name: "store",
  async run({ folder, smoke }) {
    const store = await openSqliteStore({ path: join(folder, "store.db") });
    await stepsOf(store, "warm-up", 200);
    const alone = await stepsOf(store, "alone", smoke ? 50 : 2_000);
    const disk = appendTimes(folder, smoke ? 50 : 2_000);
    const callers = Array.from({ length: 100 }, (_, i) => `caller ${i}`);
    const each = smoke ? 5 : 500;
    const begunAt = performance.now();
    await Promise.all(callers.map((runId) => stepsOf(store, runId, each)));
    const seconds = (performance.now() - begunAt) / 1_000;
    await store.close();
    const limit = { name: "append 4 KiB + fdatasync, p50", value: median(disk) };
    return [
      { name: "store: one step's commit, p50", value: median(alone), unit: "ms", better: "less", limit },
      {
        name: `store: steps of ${callers.length} callers`,
        value: (callers.length * each) / seconds,
        unit: "steps/s",
        better: "more",
      },
    ];
  },
};
