import type { ChangeSet, Conflict, Guard, Store } from "@stepfast/store";
import type { FlowRules } from "../../domain/flow/gate-rooms.ts";
import type { GateWork, GrantedPlaces } from "../../domain/flow/gate-work.ts";
import type { LeasedRun } from "../../domain/flow/lanes.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import { mergeChanges } from "../../domain/merge-changes.ts";
import type { Learned, Publication, WaitFindings } from "../../domain/publication.ts";
import { publication } from "../../domain/publication-plan.ts";
import type { Announcement, Emission } from "../../domain/transition.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { GateBook } from "../gates/gate-book.ts";
import type { WaitFinder } from "./wait-finder.ts";

const MAX_TRIES = 100;
/** Most races with another node are over after the first few. */
const TRIES_AT_ONCE = 10;
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/** Room in this node's memory for runs that begin here. */
export interface Nursery {
  /** The session to own one run more than `count` that come now; null: there is no room, or no code for it. */
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
  book: GateBook;
  rules: FlowRules;
  /** A gate wants to be looked at by then. */
  onGateDue: (at: number) => void;
}

/** What is done in the commit beside what the events cause. */
export interface PublishExtras {
  announcement?: Announcement | null;
  gateWork?: GateWork[];
  /** Runs that `own` makes this node's own. */
  leased?: LeasedRun[];
}

export type PublishResult =
  /** `overtaken`: the guard of a run that was let through while it left the queue; the news of its place is on its way. */
  { ok: true; granted?: GrantedPlaces | null; overtaken?: Guard | null } | { ok: false; conflict: Conflict };

const NO_WAITS: WaitFindings = { guards: [], matches: new Map() };

/** Commits events together with all they cause. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * `own` is committed with the events; the announcement is one of them if somebody may listen to it. What a conflict
   * says of waits, gates and idempotency keys is learned and the events are planned anew; any other conflict is the caller's.
   */
  async publish(events: Emission[], own: ChangeSet, extras: PublishExtras = {}): Promise<PublishResult> {
    const learned: Learned = { takenKeys: null, whereabouts: null, owned: null };
    const work = extras.gateWork ?? [];
    let left = extras.announcement ?? null;
    for (let attempt = 0; ; attempt++) {
      const unheard = left && this.#unheardGuard(left.name);
      const guarded = unheard ? { ...own, guards: [...(own.guards ?? []), unheard] } : own;
      if (left && !unheard) {
        events = [left.make(), ...events];
        left = null;
      }
      const result = await this.#commit(events, work, guarded, learned, extras.leased);
      if (result.ok && learned.whereabouts) return { ...result, overtaken: overtakenIn(work, learned) };
      if (result.ok || attempt >= MAX_TRIES || !(await this.#learn(result.conflict, own, learned)))
        return result;
      if (attempt >= TRIES_AT_ONCE) await this.#pause(attempt - TRIES_AT_ONCE);
    }
  }

  #pause(no: number): Promise<void> {
    const pauseMs = Math.min(PAUSE_MS * (no + 1), LONGEST_PAUSE_MS);
    return new Promise((resolve) => void this.#options.clock.after(pauseMs, resolve));
  }

  /** What must hold for nobody to listen to events of this name; null: perhaps somebody does. */
  #unheardGuard(name: string): Guard | null {
    const { index, finder } = this.#options;
    return index.listensTo(name) ? null : finder.quietGuard(name);
  }

  async #commit(
    events: Emission[],
    work: GateWork[],
    own: ChangeSet,
    learned: Learned,
    leased: LeasedRun[] = [],
  ): Promise<PublishResult> {
    const { store, clock, finder, book } = this.#options;
    if (events.length === 0 && work.length === 0 && leased.length === 0) return store.commit(own);
    const found = events.length === 0 ? NO_WAITS : finder.find(events, clock.now());
    const waits = found instanceof Promise ? await found : found;
    let plan = this.#plan(events, work, waits, learned);
    while (plan.needs.size > 0) {
      await book.read(plan.needs);
      plan = this.#plan(events, work, waits, learned);
    }
    return this.#write(leased.length === 0 ? plan : { ...plan, leased: [...plan.leased, ...leased] }, own);
  }

  /** Written in the same turn as it was planned: what is planned next builds on it. */
  async #write(plan: Publication, own: ChangeSet): Promise<PublishResult> {
    const { store, nursery, book } = this.#options;
    nursery.expect(plan);
    if (plan.gates) book.begin(plan.gates);
    try {
      const result = await store.commit(mergeChanges(own, plan.changes));
      if (plan.gates) book.end(plan.gates, result.ok);
      if (!result.ok) {
        nursery.abandon(plan);
        return result;
      }
      nursery.adopt(plan);
      this.#tellOfDue(plan);
      return { ok: true, granted: plan.granted };
    } catch (error) {
      if (plan.gates) book.end(plan.gates, false);
      nursery.doubt(plan);
      throw error;
    }
  }

  #tellOfDue({ gates }: Publication): void {
    for (const { dueAt } of gates?.gates ?? []) if (dueAt !== null) this.#options.onGateDue(dueAt);
  }

  #plan(events: Emission[], work: GateWork[], waits: WaitFindings, learned: Learned): Publication {
    const { index, newId, nursery, log, book, rules, clock } = this.#options;
    return publication(events, work, waits, {
      now: clock.now(),
      newId,
      index,
      learned,
      gates: book,
      rules,
      ownerOfNext: (count, spec) => nursery.ownerOfNext(count, spec),
      onProblem: ({ functionId, error }) =>
        log.warn("a trigger's condition could not be evaluated", { functionId, error: String(error) }),
    });
  }

  /** Whether looking again can help. */
  #learn(conflict: Conflict, own: ChangeSet, learned: Learned): boolean | Promise<boolean> {
    if (conflict.kind === "key" && conflict.scope.startsWith("function:")) {
      learned.takenKeys ??= new Map();
      learned.takenKeys.set(`${conflict.scope} ${conflict.key}`, conflict.value);
      return true;
    }
    if (conflict.kind !== "guard") return false;
    const isOwn = has(own.guards, conflict.guard);
    // The run was let through, or moved on, while it was about to leave.
    if (conflict.guard.kind === "parked") return this.#locate(conflict.guard.runId, learned);
    // It was claimed, for a cancellation or because it is late: its owner is told of its place.
    if (conflict.guard.kind === "unowned") {
      if (isOwn) return false;
      learned.owned ??= new Set();
      learned.owned.add(conflict.guard.runId);
      return true;
    }
    // Another node was at the gate; the book knows that it must be read again. The caller's own gates it does not know.
    if (conflict.guard.kind === "gate") return !isOwn;
    // Another event, or its deadline, closed a wait between the look and the commit.
    if (conflict.guard.kind === "wait") return !isOwn;
    if (conflict.guard.kind === "waits" && !conflict.guard.name.startsWith("signal:")) {
      this.#options.finder.forget(conflict.guard.name);
      return true;
    }
    return false;
  }

  async #locate(runId: string, learned: Learned): Promise<boolean> {
    const run = await this.#options.store.getRun(runId);
    if (!run) return false;
    learned.whereabouts ??= new Map();
    learned.whereabouts.set(runId, run.gate);
    return true;
  }
}

/** By value: a store may answer with a copy. */
function has(guards: Guard[] | undefined, wanted: Guard): boolean {
  const text = JSON.stringify(wanted);
  return guards?.some((guard) => guard.kind === wanted.kind && JSON.stringify(guard) === text) ?? false;
}

function overtakenIn(work: GateWork[], { whereabouts }: Learned): Guard | null {
  for (const one of work) {
    if (one.kind !== "withdraw" || one.isEnded || one.gate === null) continue;
    if (whereabouts?.get(one.runId) === null) return { kind: "parked", runId: one.runId, gate: one.gate };
  }
  return null;
}
