import type { ChangeSet, Conflict, Store } from "@stepfast/store";
import type { FunctionIndex } from "../domain/function-index.ts";
import { mergeChanges } from "../domain/merge-changes.ts";
import { type Learned, type Publication, publication, type WaitFindings } from "../domain/publication.ts";
import type { Emission } from "../domain/transition.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { WaitFinder } from "./wait-finder.ts";

const MAX_TRIES = 100;

/** Room in this node's memory for runs that begin here. */
export interface Nursery {
  /** The session to own a run that is born now, or null: there is no room. Each session given must be settled. */
  reserve(): string | null;
  /** The publication is durable: its runs begin, its messages are told. */
  adopt(publication: Publication): void;
  /** It was not: the room is free again. */
  abandon(publication: Publication): void;
}

export interface PublisherOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  index: FunctionIndex;
  finder: WaitFinder;
  nursery: Nursery;
}

export type PublishResult = { ok: true } | { ok: false; conflict: Conflict };

/** Commits events together with all they cause. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * `own` is committed with the events. What a conflict says of waits and idempotency keys is learned and the events
   * are planned anew; any other conflict is the caller's.
   */
  async publish(events: Emission[], own: ChangeSet): Promise<PublishResult> {
    const { store, clock, finder, nursery } = this.#options;
    const learned: Learned = { takenKeys: new Map() };
    for (let attempt = 0; ; attempt++) {
      const now = clock.now();
      const found = finder.find(events, now);
      const waits = found instanceof Promise ? await found : found;
      const plan = this.#plan(events, waits, learned, now);
      const result = await this.#commit(store, mergeChanges(own, plan.changes), plan);
      if (result.ok) {
        nursery.adopt(plan);
        return result;
      }
      nursery.abandon(plan);
      if (attempt >= MAX_TRIES || !this.#learn(result.conflict, learned)) return result;
    }
  }

  #plan(events: Emission[], waits: WaitFindings, learned: Learned, now: number): Publication {
    const { index, newId, nursery, log } = this.#options;
    return publication(events, waits, {
      now,
      newId,
      index,
      learned,
      owner: () => nursery.reserve(),
      onProblem: ({ functionId, error }) =>
        log.warn("a trigger's condition could not be evaluated", { functionId, error: String(error) }),
    });
  }

  async #commit(store: Store, changes: ChangeSet, plan: Publication): ReturnType<Store["commit"]> {
    try {
      return await store.commit(changes);
    } catch (error) {
      this.#options.nursery.abandon(plan);
      throw error;
    }
  }

  /** Whether looking again can help. */
  #learn(conflict: Conflict, learned: Learned): boolean {
    if (conflict.kind === "key" && conflict.scope.startsWith("function:")) {
      learned.takenKeys.set(`${conflict.scope} ${conflict.key}`, conflict.value);
      return true;
    }
    if (conflict.kind !== "guard") return false;
    if (conflict.guard.kind === "waits" && !conflict.guard.name.startsWith("signal:")) {
      this.#options.finder.forget(conflict.guard.name);
      return true;
    }
    return false;
  }
}
