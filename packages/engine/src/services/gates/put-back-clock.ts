import type { GateRow, Store } from "@stepfast/store";
import { JOB_PREFIX, jobOf } from "../../domain/bulk-job.ts";
import { CLOCK_SKEW_MS } from "../../domain/clock-skew.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { isPromise } from "./openings.ts";

const PAGE = 400;
const RETRY_MS = 1_000;

export interface PutBackClockOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  /** Each looks anew at when something is due; in this order. */
  looks: (() => Promise<unknown>)[];
  onDue: (at: number) => void;
}

/** What a clock wrote that was ahead is due too late once it has been put back: all that is due by itself is looked at anew. */
export class PutBackClock {
  readonly #options: PutBackClockOptions;
  #isStopped = false;

  constructor(options: PutBackClockOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async lookAnew(): Promise<void> {
    const { clock, log, looks } = this.#options;
    if (this.#isStopped) return;
    try {
      await this.#bringJobsForward();
      for (const look of looks) await look();
      log.info("the machine's clock was put back: what is due was looked at anew");
    } catch (error) {
      log.warn("the clock was put back, and what is due could not be looked at; trying again", {
        error: String(error),
      });
      clock.after(RETRY_MS, () => void this.lookAnew());
    }
  }

  /** Bulk operations and promises are never put off by more than a moment. */
  async #bringJobsForward(): Promise<void> {
    const { store, clock, newId, onDue } = this.#options;
    const now = clock.now();
    for (let cursor = ""; ; ) {
      const page = await store.listGates({
        kinds: ["job"],
        limit: PAGE,
        ...(cursor === "" ? {} : { cursor }),
      });
      for (const gate of page) {
        if (gate.dueAt === null || gate.dueAt <= now + CLOCK_SKEW_MS || !isUnderWay(gate)) continue;
        const guards = [{ kind: "gate" as const, id: gate.id, stamp: gate.stamp }];
        await store.commit({ guards, gates: [{ ...gate, stamp: newId(), dueAt: now }] });
        onDue(now);
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      cursor = last.id;
    }
  }
}

function isUnderWay(gate: GateRow): boolean {
  return isPromise(gate) || (gate.id.startsWith(JOB_PREFIX) && jobOf(gate).status === "running");
}
