import { performance } from "node:perf_hooks";
import type { ChangeSet, RunStatus, StepStatus, Store } from "@stepfast/store";

const endings: ReadonlySet<RunStatus> = new Set(["completed", "failed", "cancelled", "skipped"]);
const settled: ReadonlySet<StepStatus> = new Set(["completed", "failed"]);

/** What this node has written since it started. */
export class StoreCounters {
  events = 0;
  runsQueued = 0;
  readonly runsEnded = new Map<RunStatus, number>([...endings].map((status) => [status, 0]));
  readonly stepsSettled = new Map<StepStatus, number>([...settled].map((status) => [status, 0]));
  attemptsFailed = 0;
  commits = 0;
  /** Refused by a guard or a key: another node, or another event, was first. */
  commitsRefused = 0;
  /** Those the store could not carry out. */
  commitsFailed = 0;
  commitSeconds = 0;

  /** Counts a change-set that was applied. */
  note(changes: ChangeSet): void {
    this.events += changes.events?.length ?? 0;
    this.attemptsFailed += changes.attempts?.length ?? 0;
    const repeats = new Set<string>();
    for (const run of changes.newRuns ?? []) {
      this.runsQueued++;
      if (run.fork !== null) repeats.add(run.id);
      this.#noteEnding(run.status);
    }
    for (const { status } of changes.runs ?? []) if (status) this.#noteEnding(status);
    for (const { runId, status, op } of changes.steps ?? []) {
      // A defer's row tells of the deferred run, and what a rerun is made with was done by another.
      if (settled.has(status) && op !== "DeferAdd" && !repeats.has(runId)) add(this.stepsSettled, status);
    }
  }

  #noteEnding(status: RunStatus): void {
    if (endings.has(status)) add(this.runsEnded, status);
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The store, with what is committed counted. */
export function countedStore(store: Store, counters: StoreCounters): Store {
  const commit: Store["commit"] = async (changes) => {
    const begunAt = performance.now();
    try {
      const result = await store.commit(changes);
      counters.commits++;
      if (result.ok) counters.note(changes);
      else counters.commitsRefused++;
      return result;
    } catch (error) {
      counters.commitsFailed++;
      throw error;
    } finally {
      counters.commitSeconds += (performance.now() - begunAt) / 1_000;
    }
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
