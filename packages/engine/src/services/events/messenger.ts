import { type Json, StepfastError } from "@stepfast/protocol";
import type { MessageRow, RunRow, Store } from "@stepfast/store";
import { runNotFound } from "../../domain/not-found.ts";
import { ROLLBACK_OP } from "../../domain/run-state.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RunKeeper } from "../runs/run-keeper.ts";

const MAX_TRIES = 20;
const PATIENCE_MS = 5_000;
const LOOK_MS = 250;

/** Sends news to runs from outside: signals and cancellations. */
export class Messenger {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #keeper: RunKeeper;
  readonly #newId: () => string;

  constructor(options: { store: Store; clock: Clock; keeper: RunKeeper; newId: () => string }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#keeper = options.keeper;
    this.#newId = options.newId;
  }

  /** Resolves the one step that waits for the signal. */
  async sendSignal(signal: string, data: Json): Promise<{ runId: string }> {
    const name = `signal:${signal}`;
    // A store would find what is named like the part before it.
    const tries = signal.includes("\0") ? 0 : MAX_TRIES;
    for (let attempt = 0; attempt < tries; attempt++) {
      const now = this.#clock.now();
      const { waits } = await this.#store.findWaits({ name, keys: [""], now });
      const [wait] = waits;
      if (!wait) break;
      const target = { runId: wait.runId, stepId: wait.stepId };
      const message = this.#message("signal", target, { data: { signal, data } }, now);
      const guards = [{ kind: "wait" as const, ...target }];
      const result = await this.#store.commit({ guards, closedWaits: [target], messages: [message] });
      if (!result.ok) continue;
      this.#keeper.deliver(message);
      return { runId: wait.runId };
    }
    throw new StepfastError("signal_not_found", `No run waits for the signal "${signal}"`);
  }

  /** Resolves once no further step of the run can start; throws `store_unavailable` where that cannot be told. */
  async cancel(runId: string, reason: string): Promise<void> {
    const run = await this.#store.getRun(runId);
    if (!run) throw runNotFound(runId);
    const message = this.#message("cancel", { runId, stepId: "" }, { reason }, this.#clock.now());
    const result = await this.#store.commit({ guards: [{ kind: "live", runId }], messages: [message] });
    if (!result.ok) throw alreadyEnded(runId);
    let news = this.#keeper.whenConsumed(message.id, LOOK_MS);
    this.#keeper.deliver(message);
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
      await news;
      if (await this.#isCancelled(runId)) return;
      news = this.#keeper.whenConsumed(message.id, LOOK_MS);
    }
    throw new StepfastError(
      "store_unavailable",
      `The cancellation of run "${runId}" is stored, but the run has not stopped yet: ask again`,
    );
  }

  /** The runs that it invoked, and theirs. Those that have ended by themselves stay as they ended. */
  async cancelChildren(runId: string, reason: string): Promise<void> {
    const parents = [runId];
    for (const parentRunId of parents) {
      for await (const child of this.#liveChildren(parentRunId)) {
        parents.push(child.id);
        await this.cancel(child.id, reason).catch((error: unknown) => {
          if (!StepfastError.is(error) || error.code !== "run_already_ended") throw error;
        });
      }
    }
  }

  async *#liveChildren(parentRunId: string): AsyncGenerator<RunRow> {
    let cursor: string | undefined;
    do {
      const page: RunRow[] = await this.#store.listRuns({
        parentRunId,
        origins: ["invoke"],
        status: ["queued", "running"],
        order: "asc",
        limit: 400,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield* page;
      cursor = page.length === 400 ? page.at(-1)?.id : undefined;
    } while (cursor !== undefined);
  }

  /** As it is stored, whichever node took the message in. Throws if the run's end was decided before it was heard. */
  async #isCancelled(runId: string): Promise<boolean> {
    const run = await this.#store.getRun(runId);
    if (run && (run.cancel !== null || run.status === "cancelled")) return true;
    if (!run || run.endedAt !== null) throw alreadyEnded(runId);
    const [rollback] = await this.#store.listSteps({ runId, ops: [ROLLBACK_OP] });
    if (rollback) throw alreadyEnded(runId);
    return false;
  }

  #message(
    kind: MessageRow["kind"],
    target: { runId: string; stepId: string },
    payload: Json,
    createdAt: number,
  ): MessageRow {
    return { id: this.#newId(), kind, ...target, payload: JSON.stringify(payload), createdAt };
  }
}

function alreadyEnded(runId: string): StepfastError {
  const message = `Run "${runId}" has ended, or its end is decided: it can no longer be cancelled`;
  return new StepfastError("run_already_ended", message);
}
