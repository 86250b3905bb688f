import { type Json, StepfastError } from "@stepfast/protocol";
import type { MessageRow, RunRow, Store } from "@stepfast/store";
import type { Clock } from "../ports/clock.ts";
import type { RunKeeper } from "./run-keeper.ts";

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
    if (!run) throw new StepfastError("run_not_found", `There is no run "${runId}"`);
    const message = this.#message("cancel", { runId, stepId: "" }, { reason }, this.#clock.now());
    const result = await this.#store.commit({ guards: [{ kind: "live", runId }], messages: [message] });
    if (!result.ok) {
      throw new StepfastError("run_already_ended", `Run "${runId}" has ended: it can no longer be cancelled`);
    }
    const consumed = this.#keeper.whenConsumed(message.id, LOOK_MS);
    this.#keeper.deliver(message);
    if (await consumed) return;
    for (let waitedMs = LOOK_MS; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
      if (await this.#isCancelled(runId)) return;
      await this.#keeper.whenConsumed(message.id, LOOK_MS);
    }
    if (await this.#isCancelled(runId)) return;
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

  /** Another node may have taken the message in. */
  async #isCancelled(runId: string): Promise<boolean> {
    const run = await this.#store.getRun(runId);
    return !run || run.endedAt !== null || run.cancel !== null;
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
