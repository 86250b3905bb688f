import type { RunRow } from "@stepfast/store";
import { blockedBy, nextRefusal, refusalOf, restMs } from "../../domain/refusal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { RunReturns } from "./run-returns.ts";

export interface SecondTriesOptions {
  clock: Clock;
  log: Log;
  returns: () => RunReturns;
}

/** Runs that came to nothing, given back to be tried once more: the more often in a row, the later. */
export class SecondTries {
  readonly #options: SecondTriesOptions;

  constructor(options: SecondTriesOptions) {
    this.#options = options;
  }

  /** `triesBefore`: how many came to nothing before this one. */
  giveBack(run: Pick<RunRow, "id" | "epoch">, triesBefore: number, cause: string): void {
    const { clock, log, returns } = this.#options;
    const refusal = nextRefusal(triesBefore, cause, clock.now());
    if (refusal.tries > 1) {
      const { tries, notBefore } = refusal;
      const nextTryAt = new Date(notBefore).toISOString();
      log.warn("a run comes to nothing again and again", { runId: run.id, tries, cause, nextTryAt });
    }
    void returns().handBack(run, { wakeAt: refusal.notBefore, blocked: blockedBy(refusal) });
  }

  triesOf(blocked: string | null): number {
    return refusalOf(blocked)?.tries ?? 0;
  }

  /** True: it was claimed before its time, and `later` is called once that has come. */
  postpone(blocked: string | null, later: () => void): boolean {
    const { clock } = this.#options;
    const rest = restMs(blocked, clock.now());
    if (rest > 0) clock.after(rest, later);
    return rest > 0;
  }
}
