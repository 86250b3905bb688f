import type { ChangeSet, Conflict, Guard, Store } from "@stepfast/store";
import type { FunctionIndex } from "../domain/function-index.ts";
import type { FunctionSpec } from "../domain/function-spec.ts";
import { mergeChanges } from "../domain/merge-changes.ts";
import { type Learned, type Publication, publication, type WaitFindings } from "../domain/publication.ts";
import type { Announcement, Emission } from "../domain/transition.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { WaitFinder } from "./wait-finder.ts";

const MAX_TRIES = 100;

/** Room in this node's memory for runs that begin here. */
export interface Nursery {
  /** The session to own one run more than `count` new ones; null: there is no room, or no code for it. */
  ownerOfNext(count: number, spec: FunctionSpec): string | null;
  /** The publication is about to be stored: its runs take up room. */
  expect(publication: Publication): void;
  /** It is durable: its runs begin, its messages are told. */
  adopt(publication: Publication): void;
  /** It was refused: the room is free again. */
  abandon(publication: Publication): void;
  /** Whether it is durable is not known: the runs that nobody here knows of must not stay this node's. */
  doubt(publication: Publication): void;
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
   * `own` is committed with the events; the announcement is one of them if somebody may listen to it. What a conflict
   * says of waits and idempotency keys is learned and the events are planned anew; any other conflict is the caller's.
   */
  async publish(
    events: Emission[],
    own: ChangeSet,
    announcement: Announcement | null = null,
  ): Promise<PublishResult> {
    const learned: Learned = { takenKeys: null };
    let left = announcement;
    for (let attempt = 0; ; attempt++) {
      const unheard = left && this.#unheardGuard(left.name);
      const guarded = unheard ? { ...own, guards: [...(own.guards ?? []), unheard] } : own;
      if (left && !unheard) {
        events = [left.make(), ...events];
        left = null;
      }
      const result = await this.#commit(events, guarded, learned);
      if (result.ok || attempt >= MAX_TRIES || !this.#learn(result.conflict, own, learned)) return result;
    }
  }

  /** What must hold for nobody to listen to events of this name; null: perhaps somebody does. */
  #unheardGuard(name: string): Guard | null {
    const { index, finder } = this.#options;
    return index.listensTo(name) ? null : finder.quietGuard(name);
  }

  async #commit(events: Emission[], own: ChangeSet, learned: Learned): Promise<PublishResult> {
    const { store, clock, finder, nursery } = this.#options;
    if (events.length === 0) return store.commit(own);
    const now = clock.now();
    const found = finder.find(events, now);
    const plan = this.#plan(events, found instanceof Promise ? await found : found, learned, now);
    nursery.expect(plan);
    try {
      const result = await store.commit(mergeChanges(own, plan.changes));
      if (result.ok) nursery.adopt(plan);
      else nursery.abandon(plan);
      return result;
    } catch (error) {
      nursery.doubt(plan);
      throw error;
    }
  }

  #plan(events: Emission[], waits: WaitFindings, learned: Learned, now: number): Publication {
    const { index, newId, nursery, log } = this.#options;
    return publication(events, waits, {
      now,
      newId,
      index,
      learned,
      ownerOfNext: (count, spec) => nursery.ownerOfNext(count, spec),
      onProblem: ({ functionId, error }) =>
        log.warn("a trigger's condition could not be evaluated", { functionId, error: String(error) }),
    });
  }

  /** Whether looking again can help. */
  #learn(conflict: Conflict, own: ChangeSet, learned: Learned): boolean {
    if (conflict.kind === "key" && conflict.scope.startsWith("function:")) {
      learned.takenKeys ??= new Map();
      learned.takenKeys.set(`${conflict.scope} ${conflict.key}`, conflict.value);
      return true;
    }
    if (conflict.kind !== "guard") return false;
    // Another event, or its deadline, closed a wait between the look and the commit.
    if (conflict.guard.kind === "wait") return !own.guards?.includes(conflict.guard);
    if (conflict.guard.kind === "waits" && !conflict.guard.name.startsWith("signal:")) {
      this.#options.finder.forget(conflict.guard.name);
      return true;
    }
    return false;
  }
}
