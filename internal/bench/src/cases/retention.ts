import { join } from "node:path";
import type { RunRow, Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { beginning, ending, step } from "../bare-rows.ts";
import type { Case } from "../case.ts";
import { percentile } from "../statistics.ts";

const CALLERS = 20;
const STEPS = 3;
const PAUSE_MS = 5;
const PORTION = 100;
/** The rows of this case are from 0 on; what is written beside the pruning is kept. */
const OLD = 1;

/** Runs that ended long ago, each of an event and a few steps. */
async function fill(store: Store, count: number): Promise<void> {
  const atOnce = Math.min(count, 500);
  for (let first = 0; first < count; first += atOnce) {
    const ids = Array.from({ length: atOnce }, (_, i) => `old ${String(first + i).padStart(8, "0")}`);
    const ended = (row: RunRow): RunRow => ({ ...row, status: "completed", endedAt: 0, owner: null });
    const begun = ids.map(beginning);
    await store.commit({
      events: begun.flatMap(({ events = [] }) => events),
      newRuns: begun.flatMap(({ newRuns = [] }) => newRuns.map(ended)),
      steps: ids.flatMap((id) => Array.from({ length: STEPS }, (_, no) => step(id, no).steps ?? []).flat()),
    });
  }
}

/** Runs of several callers, with what each commit took in milliseconds, until it is stopped. */
class Traffic {
  readonly #store: Store;
  readonly #callers: Promise<void>[];
  #times: number[] = [];
  #isStopped = false;

  constructor(store: Store) {
    this.#store = store;
    this.#callers = Array.from({ length: CALLERS }, (_, caller) => this.#call(caller));
  }

  async #call(caller: number): Promise<void> {
    for (let no = 0; !this.#isStopped; no++) {
      const id = `run ${caller} ${no}`;
      const end = ending(id);
      for (const run of end.runs ?? []) run.endedAt = OLD;
      for (const changes of [beginning(id), step(id, 0), step(id, 1), end]) {
        const begunAt = performance.now();
        await this.#store.commit(changes);
        this.#times.push(performance.now() - begunAt);
      }
      await pause();
    }
  }

  /** Since it was asked before. */
  take(): number[] {
    const times = this.#times;
    this.#times = [];
    return times;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#callers);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

async function pruneAll(store: Store): Promise<void> {
  let cursor: string | undefined;
  do {
    const params = { endedBefore: { completed: OLD }, eventsBefore: OLD, limit: PORTION, cursor };
    cursor = (await store.prune(params)).cursor ?? undefined;
    await pause();
  } while (cursor !== undefined);
}

/** What others feel of it when the runs of long ago are taken away. */
export const retention: Case = {
  name: "retention",
  async run({ folder, smoke }) {
    const store = await openSqliteStore({ path: join(folder, "retention.db") });
    const runs = smoke ? 200 : 100_000;
    await fill(store, runs);
    const traffic = new Traffic(store);
    await new Promise((resolve) => setTimeout(resolve, smoke ? 50 : 5_000));
    const without = traffic.take();
    const begunAt = performance.now();
    await pruneAll(store);
    const seconds = (performance.now() - begunAt) / 1_000;
    const beside = traffic.take();
    await traffic.stop();
    await store.close();
    const limit = { name: "without pruning", value: percentile(without, 0.99) };
    return [
      {
        name: `a commit while ${runs.toLocaleString("en-US")} runs are pruned, p99`,
        value: percentile(beside, 0.99),
        unit: "ms",
        better: "less",
        limit,
      },
      { name: "pruning beside traffic", value: runs / seconds, unit: "runs/s", better: "more" },
    ];
  },
};
