import type {
  ChangeSet,
  EventRow,
  Guard,
  KeyRow,
  MessageRow,
  ParkedRun,
  RunPatch,
  WaitRow,
} from "@stepfast/store";
import { Admission, type LimitedSeed, type RunPlace, type Trigger, type Verdict } from "./flow/admission.ts";
import { GateBoard } from "./flow/gate-board.ts";
import type { GateWork, GrantedPlaces } from "./flow/gate-work.ts";
import { GateWorker, isLimited } from "./flow/gate-worker.ts";
import { Lanes, type Lease, type LeasedRun } from "./flow/lanes.ts";
import { idempotencyKey, type NewRun, newRun, type RunCause, skippedRun } from "./new-run.ts";
import type { BornRun, Publication, PublishContext, WaitFindings } from "./publication.ts";
import type { RunSeed } from "./run-seed.ts";
import type { Emission } from "./transition.ts";

/** Plans what a list of events causes, and what is done at gates in the same commit (DESIGN: one commit). */
export function publication(
  events: readonly Emission[],
  work: readonly GateWork[],
  waits: WaitFindings,
  context: PublishContext,
): Publication {
  const plan = new PublicationPlan(context);
  for (const event of events) plan.add(event, waits.matches.get(event.row.id) ?? []);
  for (const one of work) plan.do(one);
  return plan.finish(waits.guards);
}

/** The gates of one plan. Made for the first that has to do with one: most plans have none. */
interface Gates {
  board: GateBoard;
  lanes: Lanes;
  admission: Admission;
}

/** A publication in the making. */
export class PublicationPlan {
  readonly #context: PublishContext;
  readonly #events: EventRow[] = [];
  readonly #runs: NewRun[] = [];
  readonly #born: BornRun[] = [];
  readonly #messages: MessageRow[] = [];
  readonly #closed = new Map<string, { runId: string; stepId: string }>();
  readonly #keys = new Map<string, string>();
  readonly #claims: KeyRow[] = [];
  readonly #patches: RunPatch[] = [];
  readonly #guards: Guard[] = [];
  #gates: Gates | null = null;
  #granted: GrantedPlaces | null = null;
  #wakeAt: number | null = null;
  /** Something waits for the event at a gate. */
  #isHeld = false;

  constructor(context: PublishContext) {
    this.#context = context;
  }

  add(event: Emission, waits: WaitRow[]): void {
    const before = this.#runs.length + this.#messages.length;
    this.#isHeld = false;
    for (const seed of this.#seeds(event)) this.#addRun(seed, event);
    for (const wait of waits) this.#resolve(wait, event);
    const heard = this.#isHeld || this.#runs.length + this.#messages.length > before;
    if (heard || !event.optional) this.#events.push(event.row);
  }

  do(planned: GateWork): void {
    const work = this.#asLearned(planned);
    const { board, lanes, admission } = this.#atGates();
    const worker = new GateWorker({ board, lanes, admission, now: this.#context.now });
    const result = worker.do(work);
    if (result.patch) this.#patches.push(result.patch);
    if (result.guard) this.#guards.push(result.guard);
    if (result.granted) this.#granted = result.granted;
    if (result.verdict && work.kind === "repeat") this.#repeat(result.verdict, work);
    else if (result.verdict) this.#settle(result.verdict, result.trigger);
  }

  #asLearned(work: GateWork): GateWork {
    if (work.kind !== "withdraw") return work;
    const gate = this.#context.learned.whereabouts?.get(work.runId);
    return gate === undefined ? work : { ...work, gate };
  }

  /** It is claimed like any other: its other events and the steps it keeps are in the store. */
  #repeat(verdict: Verdict, { seed, trigger, eventIds }: Extract<GateWork, { kind: "repeat" }>): void {
    if (verdict.kind !== "run") return this.#settle(verdict, trigger);
    const { now } = this.#context;
    const ids = eventIds.length > 1 ? eventIds : null;
    const cause: RunCause = { eventId: trigger.row.id, eventIds: ids, ts: now, payload: trigger.payload };
    this.#keep(newRun(seed, cause, { now, owner: null, place: verdict.place }), seed, undefined);
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
    if (seed.spec?.paused?.events === "skip") {
      this.#skip(seed, event.row.id, "paused", null);
      return;
    }
    if (isLimited(seed)) {
      const { admission } = this.#atGates();
      const verdicts = admission.admit(seed, event, "arrived");
      if (verdicts.length === 0) this.#isHeld = true;
      for (const verdict of verdicts) this.#settle(verdict, event);
      return;
    }
    const holder = this.#holderOfKey(seed, event, seed.id);
    if (holder !== null) {
      this.#skip(seed, event.row.id, "idempotency", holder);
      return;
    }
    this.#make(seed, causeOf(event, null), event);
  }

  #settle(verdict: Verdict, trigger: Trigger | undefined): void {
    const { seed } = verdict;
    if (verdict.kind === "skip") {
      this.#skip(seed, verdict.eventId, verdict.reason, verdict.existingRunId);
    } else if (verdict.kind === "batch") {
      this.#isHeld = true;
      const [eventId = ""] = verdict.eventIds;
      const cause: RunCause = { eventId, eventIds: verdict.eventIds, ts: this.#context.now, payload: null };
      this.#make(seed, cause, undefined, verdict.place);
    } else if (trigger) this.#make(seed, causeOf(trigger, null), trigger, verdict.place);
  }

  #make(seed: RunSeed, cause: RunCause, trigger: Trigger | undefined, place?: RunPlace): void {
    const { now, ownerOfNext } = this.#context;
    const canBegin = seed.spec && trigger && (place?.gate ?? null) === null;
    const owner = canBegin && seed.spec ? ownerOfNext(this.#taken, seed.spec) : null;
    this.#keep(newRun(seed, cause, place ? { now, owner, place } : { now, owner }), seed, trigger);
  }

  #keep(made: NewRun, seed: RunSeed, trigger: Trigger | undefined): void {
    this.#runs.push(made);
    const { wakeAt } = made.run;
    if (made.run.owner !== null && seed.spec && trigger)
      this.#born.push({ run: made.run, waits: made.waits, spec: seed.spec, payload: trigger.payload });
    else if (wakeAt !== null) this.#wakeAt = Math.min(this.#wakeAt ?? wakeAt, wakeAt);
  }

  /** The run that has the event's idempotency key already; else it is `runId`'s from now on. */
  #holderOfKey(seed: RunSeed, { payload }: Trigger, runId: string): string | null {
    if (!seed.spec) return null;
    const key = idempotencyKey(seed.spec, { id: runId, queuedAt: this.#context.now }, payload);
    if (!key) return null;
    const name = `${key.scope} ${key.key}`;
    const holder = this.#keys.get(name) ?? this.#context.learned.takenKeys?.get(name) ?? null;
    if (holder !== null) return holder;
    this.#keys.set(name, runId);
    this.#claims.push(key);
    return null;
  }

  #skip(
    seed: RunSeed,
    eventId: string,
    reason: Extract<Verdict, { kind: "skip" }>["reason"],
    existingRunId: string | null,
  ): void {
    const { now, newId } = this.#context;
    const run = skippedRun(seed, eventId, { reason, existingRunId }, now);
    this.#runs.push({ run, waits: [] });
    if (seed.origin !== "invoke" || seed.parentRunId === null || seed.parentStepId === null) return;
    const error = { name: "RunSkipped", message: skipMessages[reason](existingRunId ?? ""), stack: "" };
    this.#messages.push({
      id: newId(),
      runId: seed.parentRunId,
      kind: "child",
      stepId: seed.parentStepId,
      payload: JSON.stringify({ error }),
      createdAt: now,
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

  #atGates(): Gates {
    if (this.#gates) return this.#gates;
    const { gates, rules, now, newId } = this.#context;
    const board = new GateBoard(gates);
    const leaseOf = (run: ParkedRun) => this.#leaseOf(run);
    const lanes = new Lanes(board, { now, newId, rules, leaseOf });
    const holderOfKey = (seed: LimitedSeed, trigger: Trigger, runId: string) =>
      this.#holderOfKey(seed, trigger, runId);
    const admission = new Admission(board, lanes, { now, newId, holderOfKey });
    this.#gates = { board, lanes, admission };
    return this.#gates;
  }

  /** Runs that are this node's from now on. */
  get #taken(): number {
    return this.#born.length + (this.#gates?.lanes.leased.length ?? 0);
  }

  #leaseOf({ id, functionId, startBy }: ParkedRun): Lease | null {
    const { index, learned, ownerOfNext, now } = this.#context;
    const spec = index.get(functionId);
    const isLate = startBy !== null && startBy <= now;
    if (!spec || spec.paused || isLate || learned.owned?.has(id)) return null;
    // It is made in this very commit: there is nothing yet that could be guarded.
    if (this.#runs.some(({ run }) => run.id === id)) return null;
    const owner = ownerOfNext(this.#taken, spec);
    return owner === null ? null : { owner, finishBy: spec.finishMs === null ? null : now + spec.finishMs };
  }

  finish(waitGuards: Guard[]): Publication {
    const lanes = this.#gates?.lanes;
    const gates = this.#gates?.board.changes(this.#context.newId()) ?? null;
    this.#messages.push(...(lanes?.messages ?? []), ...(this.#gates?.admission.messages ?? []));
    const closedWaits = [...this.#closed.values()];
    const guards: Guard[] = [
      ...waitGuards,
      ...this.#guards,
      ...(lanes?.guards ?? []),
      ...(gates?.guards ?? []),
    ];
    for (const wait of closedWaits) guards.push({ kind: "wait", ...wait });
    const changes: ChangeSet = { guards };
    if (this.#events.length > 0) changes.events = this.#events;
    if (this.#runs.length > 0) changes.newRuns = this.#runs.map((made) => made.run);
    if (this.#claims.length > 0) changes.keys = this.#claims;
    const waits = this.#runs.flatMap((made) => made.waits);
    if (waits.length > 0) changes.newWaits = waits;
    if (closedWaits.length > 0) changes.closedWaits = closedWaits;
    if (this.#messages.length > 0) changes.messages = this.#messages;
    if (gates && gates.gates.length > 0) changes.gates = gates.gates;
    if (gates && gates.endedGates.length > 0) changes.endedGates = gates.endedGates;
    const runs = [...this.#patches, ...(lanes?.runs ?? [])];
    if (runs.length > 0) changes.runs = runs;
    return {
      changes,
      born: this.#born,
      leased: lanes?.leased ?? NOBODY,
      messages: this.#messages,
      wakeAt: this.#wakeAt,
      needs: this.#gates?.board.needs ?? NONE,
      gates,
      granted: this.#granted,
    };
  }
}

const NONE: ReadonlySet<string> = new Set();
const NOBODY: readonly LeasedRun[] = [];

function causeOf({ row, payload }: Trigger, eventIds: string[] | null): RunCause {
  return { eventId: row.id, eventIds, ts: row.ts, payload };
}

const skipMessages: Record<Extract<Verdict, { kind: "skip" }>["reason"], (existingRunId: string) => string> =
  {
    rate_limit: () => "The invoked function is rate limited: its limit is used up for now",
    debounce: (id) =>
      `The invoked function is debounced: a later event takes the place of this one, as run ${id}`,
    idempotency: (id) => `The invoked run was skipped: run ${id} has the same idempotency key`,
    singleton: (id) => `The invoked function is a singleton: run ${id} is there already`,
    paused: () => "The invoked function is paused, and skips its events",
  };
