import type { Store } from "@stepfast/store";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Neighbours } from "../nodes/neighbours.ts";

export const NO_WORKER = "no_worker";

/**
 * Runs that were parked here for want of a worker. One may have come to another node just before: it woke what was parked
 * by then, and these not. That node told of itself before it did so, and thus the next look at the neighbours finds it.
 */
export class UnmannedRuns {
  readonly #options: { store: Store; clock: Clock; neighbours: Neighbours };
  readonly #parked = new Map<string, FunctionSpec>();

  constructor(options: { store: Store; clock: Clock; neighbours: Neighbours }) {
    this.#options = options;
  }

  /** A run of this function is parked, durably. */
  note(spec: FunctionSpec): void {
    this.#parked.set(spec.id, spec);
  }

  /** As {@link Neighbours.look}, and wakes those whose worker came in between. */
  async lookAgain(): Promise<number | null> {
    const { neighbours } = this.#options;
    const parked = [...this.#parked.values()];
    const wakeAt = await neighbours.look();
    if (parked.length === 0) return wakeAt;
    const elsewhere = new Set(neighbours.appsElsewhere);
    await this.#wake(parked.filter((spec) => elsewhere.has(spec.appId)).map((spec) => spec.id));
    for (const spec of parked) this.#parked.delete(spec.id);
    return wakeAt;
  }

  async #wake(functionIds: string[]): Promise<void> {
    if (functionIds.length === 0) return;
    const { store, clock } = this.#options;
    await store.unblock({ functionIds, blocked: NO_WORKER, now: clock.now() });
  }
}
