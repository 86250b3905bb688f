import type { EventPayload } from "@stepfast/protocol";
import type { ChangeSet, EventRow, Guard, MessageRow, WaitRow } from "@stepfast/store";
import type { FunctionIndex, TriggerProblem } from "./function-index.ts";
import type { FunctionSpec } from "./function-spec.ts";
import { type NewRun, newRun, type RunSeed, skippedRun } from "./new-run.ts";
import type { Emission } from "./transition.ts";

/** A run that begins in the memory of the node that made it. */
export interface BornRun extends NewRun {
  spec: FunctionSpec;
  payload: EventPayload;
}

/** What a refused commit taught: looked at when the same events are published again. */
export interface Learned {
  /** Idempotency keys (`<scope> <key>`) that a run has: its id. Null: none is known. */
  takenKeys: Map<string, string> | null;
}

export interface PublishContext {
  now: number;
  newId: () => string;
  /** Session that owns one run more than `count` that are born now; null: it is not for this node, or there is no room. */
  ownerOfNext: (count: number, spec: FunctionSpec) => string | null;
  index: FunctionIndex;
  learned: Learned;
  onProblem: (problem: TriggerProblem) => void;
}

/** Waits that events of this publication resolve, and the guards that make sure none was overlooked. */
export interface WaitFindings {
  guards: Guard[];
  /** By event row id. */
  matches: ReadonlyMap<string, WaitRow[]>;
}

/** Rows of the events, the runs they start and the waits they resolve; and what follows once they are durable. */
export interface Publication {
  changes: ChangeSet;
  born: BornRun[];
  messages: MessageRow[];
  /** When the first of the runs that were parked at birth wants to be claimed; null: none was. */
  wakeAt: number | null;
}

/** Plans what a list of events causes (DESIGN: one commit). */
export function publication(events: Emission[], waits: WaitFindings, context: PublishContext): Publication {
  const plan = new Plan(context);
  for (const event of events) plan.add(event, waits.matches.get(event.row.id) ?? []);
  return plan.finish(waits.guards);
}

class Plan {
  readonly #context: PublishContext;
  readonly #events: EventRow[] = [];
  readonly #runs: NewRun[] = [];
  readonly #born: BornRun[] = [];
  readonly #messages: MessageRow[] = [];
  readonly #closed = new Map<string, { runId: string; stepId: string }>();
  readonly #keys = new Map<string, string>();
  #wakeAt: number | null = null;

  constructor(context: PublishContext) {
    this.#context = context;
  }

  add(event: Emission, waits: WaitRow[]): void {
    const before = this.#runs.length + this.#messages.length;
    for (const seed of this.#seeds(event)) this.#addRun(seed, event);
    for (const wait of waits) this.#resolve(wait, event);
    const heard = this.#runs.length + this.#messages.length > before;
    if (heard || !event.optional) this.#events.push(event.row);
  }

  *#seeds(event: Emission): Generator<RunSeed> {
    const { index, newId, onProblem } = this.#context;
    const { target } = event;
    if (target) {
      const spec = target.spec ?? index.get(target.functionId);
      const appId = spec?.appId ?? target.appId;
      yield { ...target, id: target.runId, appId, spec };
    }
    for (const spec of index.match(event.payload, onProblem)) {
      if (spec.id === target?.functionId) continue;
      const link = { parentRunId: null, parentStepId: null };
      yield { id: newId(), functionId: spec.id, appId: spec.appId, origin: "event", ...link, spec };
    }
  }

  #addRun(seed: RunSeed, event: Emission): void {
    const owner = seed.spec ? this.#context.ownerOfNext(this.#born.length, seed.spec) : null;
    const made = newRun(seed, event.row, event.payload, { now: this.#context.now, owner });
    const run = this.#unlessTaken(made);
    this.#runs.push(run);
    if (run.run.owner !== null && seed.spec)
      this.#born.push({ ...run, spec: seed.spec, payload: event.payload });
    else if (run.run.wakeAt !== null) this.#wakeAt = Math.min(this.#wakeAt ?? run.run.wakeAt, run.run.wakeAt);
  }

  /** The run, or the record that another one has its key; a child that was skipped tells its parent. */
  #unlessTaken(made: NewRun): NewRun {
    if (!made.key) return made;
    const name = `${made.key.scope} ${made.key.key}`;
    const holder = this.#keys.get(name) ?? this.#context.learned.takenKeys?.get(name);
    if (holder === undefined) {
      this.#keys.set(name, made.run.id);
      return made;
    }
    this.#tellParent(made, holder);
    return skippedRun(made, holder);
  }

  #tellParent({ run }: NewRun, holder: string): void {
    if (run.origin !== "invoke" || run.parentRunId === null || run.parentStepId === null) return;
    const message = `The invoked run was skipped: run ${holder} has the same idempotency key`;
    this.#messages.push({
      id: this.#context.newId(),
      runId: run.parentRunId,
      kind: "child",
      stepId: run.parentStepId,
      payload: JSON.stringify({ error: { name: "RunSkipped", message, stack: "" } }),
      createdAt: this.#context.now,
    });
  }

  #resolve(wait: WaitRow, event: Emission): void {
    const name = `${wait.runId} ${wait.stepId}`;
    if (this.#closed.has(name)) return;
    this.#closed.set(name, { runId: wait.runId, stepId: wait.stepId });
    const cancels = wait.kind === "cancel";
    this.#messages.push({
      id: this.#context.newId(),
      runId: wait.runId,
      kind: cancels ? "cancel" : "event",
      stepId: wait.stepId,
      payload: JSON.stringify(cancels ? { reason: `event ${event.row.name}` } : event.payload),
      createdAt: this.#context.now,
    });
  }

  finish(waitGuards: Guard[]): Publication {
    const closedWaits = [...this.#closed.values()];
    const guards: Guard[] = [...waitGuards];
    for (const wait of closedWaits) guards.push({ kind: "wait", ...wait });
    const changes: ChangeSet = { guards };
    if (this.#events.length > 0) changes.events = this.#events;
    if (this.#runs.length > 0) changes.newRuns = this.#runs.map((made) => made.run);
    const keys = this.#runs.flatMap((made) => (made.key ? [made.key] : []));
    if (keys.length > 0) changes.keys = keys;
    const waits = this.#runs.flatMap((made) => made.waits);
    if (waits.length > 0) changes.newWaits = waits;
    if (closedWaits.length > 0) changes.closedWaits = closedWaits;
    if (this.#messages.length > 0) changes.messages = this.#messages;
    return { changes, born: this.#born, messages: this.#messages, wakeAt: this.#wakeAt };
  }
}
