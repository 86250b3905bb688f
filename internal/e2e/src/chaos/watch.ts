import { setTimeout as pause } from "node:timers/promises";
import { isShared, type RunRow, type SharedStore } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";

/** What a node held when it was lost: each run's epoch. */
export type Holdings = Map<string, number>;

const LOOK_AGAIN_MS = 50;
const PAGE = 400;
const OBSERVER = "observer";

/** Sees who holds which run, by a connection to the database that nobody interferes with. */
export class Watch {
  readonly #store: SharedStore;

  private constructor(store: SharedStore) {
    this.#store = store;
  }

  static async start(databaseUrl: string): Promise<Watch> {
    const store = await openPostgresStore({ url: databaseUrl, maxConnections: 2 });
    if (!isShared(store)) throw new Error("the store is not for several nodes");
    return new Watch(store);
  }

  /** The session of the node at this address. Waits for a node that was given up to begin a new one, up to a limit. */
  async ownerAt(url: string, limitMs: number): Promise<string> {
    const until = performance.now() + limitMs;
    for (;;) {
      const { peers } = await this.#store.news({ owner: OBSERVER, now: Date.now() });
      const peer = peers.find((each) => each.url === url);
      if (peer !== undefined) return peer.owner;
      if (performance.now() > until) throw new Error(`no session is at ${url}`);
      await pause(LOOK_AGAIN_MS);
    }
  }

  async holdingsOf(owner: string): Promise<Holdings> {
    const runs = (await this.#liveRuns()).filter((run) => run.owner === owner);
    return new Map(runs.map((run) => [run.id, run.epoch]));
  }

  /** Resolves when one of these sessions holds a run, or nobody gave them any for so long. */
  async untilHolding(owners: readonly string[], limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    while (performance.now() < until) {
      const live = await this.#liveRuns();
      if (live.some(({ owner }) => owner !== null && owners.includes(owner))) return;
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** Resolves when each of the runs has been taken by somebody else or has ended, or it takes too long. */
  async untilTakenOver(held: Holdings, limitMs: number): Promise<{ isOver: boolean; lagMs: number }> {
    const until = performance.now() + limitMs;
    for (let lagMs = 0; ; ) {
      const lookedAt = performance.now();
      const live = await this.#liveRuns();
      const isOver = !live.some((run) => run.epoch === held.get(run.id));
      if (!isOver) await pause(LOOK_AGAIN_MS);
      lagMs = Math.max(lagMs, performance.now() - lookedAt - (isOver ? 0 : LOOK_AGAIN_MS));
      if (isOver || performance.now() > until) return { isOver, lagMs };
    }
  }

  async #liveRuns(): Promise<RunRow[]> {
    const runs: RunRow[] = [];
    for (;;) {
      const cursor = runs.at(-1)?.id;
      const page = await this.#store.listRuns({
        status: ["queued", "running"],
        order: "asc",
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      runs.push(...page);
      if (page.length < PAGE) return runs;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
