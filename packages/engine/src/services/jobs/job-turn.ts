import type { MessageRow, Store } from "@stepfast/store";
import { JobPace } from "../../domain/job-pace.ts";
import type { Clock } from "../../ports/clock.ts";

/** Until a run is no longer waited for: its node may be busy, or gone. */
const PATIENCE_MS = 1_000;

export interface JobTurnOptions {
  store: Store;
  clock: Clock;
  whenConsumed: (messageId: string, patienceMs: number) => Promise<boolean>;
}

/** What this node knows of a bulk operation that it goes on with: its pace, and what of the last portion is still to come. */
export class JobTurn {
  readonly pace = new JobPace();
  readonly #options: JobTurnOptions;
  /** Runs that were told to end and have not been seen to, by the message that tells them. */
  readonly #open = new Map<string, string>();
  #note: () => void = () => {};

  constructor(options: JobTurnOptions) {
    this.#options = options;
  }

  /** How long a small commit takes at this time, with all that others write. */
  async measure(commit: () => Promise<void>): Promise<void> {
    const begunAt = this.#options.clock.now();
    await commit();
    this.pace.noteCommit(this.#options.clock.now() - begunAt);
  }

  /** A portion is durable. */
  begin(messages: MessageRow[], { begunAt, count }: { begunAt: number; count: number }): void {
    const { clock, whenConsumed } = this.#options;
    this.#note = () => {
      this.#note = () => {};
      this.pace.note({ count, tookMs: clock.now() - begunAt });
    };
    for (const { id, runId } of messages) {
      this.#open.set(id, runId);
      void whenConsumed(id, PATIENCE_MS).then(() => this.#close(id));
    }
    if (this.#open.size === 0) this.#note();
  }

  #close(id: string): void {
    if (this.#open.delete(id) && this.#open.size === 0) this.#note();
  }

  /** Whether all that the last portion caused is done, here or on another node. */
  async isSettled(): Promise<boolean> {
    for (const [id, runId] of this.#open) {
      const run = await this.#options.store.getRun(runId);
      if (run && run.endedAt === null && run.cancel === null) return false;
      this.#close(id);
    }
    return true;
  }
}
