import type { CallAnswer, Op } from "@stepfast/protocol";
import type { ChangeSet, CommitResult, MessageRow } from "@stepfast/store";
import { applyTransition, grantPlaces } from "../../domain/apply-transition.ts";
import { newDeadline, nextDeadline } from "../../domain/deadlines.ts";
import type { RunInput } from "../../domain/decide.ts";
import type { DecideContext, SignalFinding } from "../../domain/draft.ts";
import { conflictCause, errorCause } from "../../domain/refusal.ts";
import { isSettled, ROLLBACK_STEP_ID, type RunState } from "../../domain/run-state.ts";
import { signalNames } from "../../domain/signal-names.ts";
import { staleDispatch } from "../../domain/stale-dispatch.ts";
import { type PlannedCall, type Transition, writesNothing } from "../../domain/transition.ts";
import { transitionRows } from "../../domain/transition-rows.ts";
import { decideOrFail } from "../../domain/unusable-input.ts";
import type { PublishResult } from "../events/publisher.ts";
import type { ActorHost } from "./actor-host.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { type CallEvents, FunctionCalls } from "./function-calls.ts";
import { RunWrites } from "./run-writes.ts";

type Signals = ReadonlyMap<string, SignalFinding>;

const noSignals: Signals = new Map();
/** Execution version of SDKs that begin runs themselves. */
const ATTENDED_VERSION = 2;
const APPLIED = Promise.resolve(true);
const REFUSED = Promise.resolve(false);

/** What a checkpoint says of the call it comes from. */
export interface CheckpointSource {
  generation?: number;
  requestId?: string;
}

/** How a run comes into memory. */
export interface ActorStart {
  /** Who began it is at its first call already, and tells of it. */
  isAttended?: boolean;
  /** How often in a row it has come to nothing. */
  refusals?: number;
}

/** One live run in memory: inputs come in one at a time, each is decided, committed, and only then acted on. */
export class RunActor {
  readonly #host: ActorHost;
  readonly #state: RunState;
  readonly #calls: FunctionCalls;
  readonly #writes: RunWrites;
  readonly #timer: DeadlineTimer;
  readonly #seen = new Set<string>();
  readonly #queue: (() => void)[] = [];
  #lookingUp = false;
  /** The answer to the last report: the function hears of results in the order in which they were recorded. */
  #reported: Promise<unknown> = APPLIED;
  /** What became of the last write: of all before it, too. */
  #written: Promise<boolean> = APPLIED;
  /** The run's end or parking is being written: whatever comes now is for the store to keep. */
  #leaving = false;
  /** News was stored while the run was leaving. */
  #hasLatecomers = false;
  #gone = false;
  #refusals: number;

  constructor(host: ActorHost, state: RunState, { isAttended = false, refusals = 0 }: ActorStart = {}) {
    this.#host = host;
    this.#refusals = refusals;
    this.#state = state;
    this.#writes = new RunWrites(host);
    this.#timer = new DeadlineTimer(host.clock, () => this.#tick());
    const events: CallEvents = {
      report: (callId, ops) => this.#report(callId, ops),
      answer: (callId, answer) => this.#answer(callId, answer),
      bodies: (callId, count) => this.#wantBodies(callId, count),
      missing: () => {
        if (!this.#leaving) this.#diverge("the function cannot be called from here any more", "code missing");
      },
    };
    this.#calls = new FunctionCalls(host, state, events, isAttended);
  }

  get runId(): string {
    return this.#state.run.id;
  }

  get functionId(): string {
    return this.#state.fn.id;
  }

  get epoch(): number {
    return this.#state.run.epoch;
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** Whether a call to another process is unanswered. */
  get isRemoteBusy(): boolean {
    return !this.#gone && this.#calls.isRemoteBusy;
  }

  /** Whether an answer will come that does not depend on code in this process. */
  get isAwaitingAnswer(): boolean {
    return !this.#gone && this.#calls.isAwaitingAnswer;
  }

  /** Takes the first decision. */
  begin(messages: MessageRow[]): void {
    for (const message of messages) this.#seen.add(message.id);
    void this.#input({ kind: "start", messages });
    if (!this.#gone && !this.#leaving) this.#timer.wakeBy(nextDeadline(this.#state, this.#host.clock.now()));
  }

  /** News that is stored already. False: the run is leaving, the store keeps it for whoever claims the run. */
  deliver(message: MessageRow): boolean {
    if (!this.#gone && this.#seen.has(message.id)) return true;
    if (this.#leaving) this.#hasLatecomers = true;
    if (this.#gone || this.#leaving) return false;
    this.#seen.add(message.id);
    void this.#input({ kind: "message", message });
    return true;
  }

  /** Steps finished inside a running remote call. Resolves when they are durable. */
  async checkpoint(ops: Op[], from: CheckpointSource): Promise<void> {
    const call = [...this.#state.calls.values()].find((running) => running.stepId === "step");
    if (!call || this.#state.fn.inline || !this.#isFrom(call.id, from)) throw staleDispatch();
    await this.#report(call.id, ops);
  }

  /** Whether who began the run is still at it. */
  get isAttended(): boolean {
    return !this.#gone && !this.#leaving && this.#calls.attended !== undefined;
  }

  /** What they tell of it; `isLast`: they leave it. Resolves when it is durable. */
  async attend(ops: Op[], isLast: boolean): Promise<void> {
    const callId = this.#calls.attended;
    if (callId === undefined || this.#gone || this.#leaving) throw staleDispatch();
    const isCancelled = this.#state.run.cancel !== null;
    if (!isLast && !isCancelled) {
      await this.#report(callId, ops).catch((error: unknown) => this.#dismiss(callId, error));
      return this.#calls.heard();
    }
    if (!(await this.#endAttendance(callId, ops)) || isCancelled) throw staleDispatch();
  }

  #endAttendance(callId: number, ops: Op[]): Promise<boolean> {
    this.#calls.leave();
    return this.#input({ kind: "answer", callId, answer: { kind: "ops", ops, version: ATTENDED_VERSION } });
  }

  /** They are told to stop, and may never be heard of again. */
  async #dismiss(callId: number, error: unknown): Promise<never> {
    if (this.#calls.attended === callId && this.#state.run.cancel !== null)
      await this.#endAttendance(callId, []);
    throw error;
  }

  /** A call that was given up may still be at work. The one after it has another request id, in the same epoch maybe. */
  #isFrom(callId: number, { generation = this.epoch, requestId }: CheckpointSource): boolean {
    const expected = this.#calls.requestId(callId);
    return generation === this.epoch && (requestId ?? expected) === expected;
  }

  /** Forgets the run without a word to the store. */
  drop(): void {
    this.#gone = true;
    this.#timer.stop();
    this.#calls.drop();
  }

  /** Lets what executes in this process finish, then gives the run back: it can be claimed at once. */
  async release(): Promise<void> {
    await this.#calls.drain();
    if (this.#gone || this.#leaving) return;
    // What is being written is written first; nothing follows from it here any more.
    this.drop();
    const { run } = this.#state;
    const guards = [{ kind: "lease" as const, runId: run.id, owner: run.owner ?? "", epoch: run.epoch }];
    const wakeAt = this.#host.clock.now();
    await this.#host.store.commit({ guards, runs: [{ id: run.id, owner: null, wakeAt, blocked: null }] });
  }

  #report(callId: number, ops: Op[]): Promise<void> {
    if (this.#gone || this.#leaving || !this.#state.calls.has(callId)) return Promise.reject(staleDispatch());
    const reported = this.#input({ kind: "report", callId, ops }).then((isApplied) => {
      // A remote call goes on by itself unless it is told not to; one in this process was told already.
      const isStopping = this.#state.run.cancel !== null || this.#state.steps.has(ROLLBACK_STEP_ID);
      const mustStop = isStopping && !this.#state.fn.inline;
      if (!isApplied || this.#gone || mustStop) throw staleDispatch();
    });
    this.#reported = reported;
    return reported;
  }

  #answer(callId: number, answer: CallAnswer): void {
    if (!this.#gone) void this.#input({ kind: "answer", callId, answer });
  }

  #tick(): void {
    if (this.#gone || this.#leaving) return;
    void this.#input({ kind: "tick" });
    if (!this.#gone && !this.#leaving) this.#timer.wakeBy(nextDeadline(this.#state, this.#host.clock.now()));
  }

  /** Resolves once the input's consequences are durable; false if they were refused. */
  #input(input: RunInput): Promise<boolean> {
    const signals = signalNames(input);
    // Not of those that come while it waits for its turn: what they report is recorded after what this one decides.
    const reported = this.#reported;
    if (!this.#lookingUp && signals.length === 0) return this.#handle(input, noSignals, reported);
    return new Promise((resolve) => {
      this.#queue.push(() => void this.#lookUp(input, signals, reported).then(resolve));
      this.#nextQueued();
    });
  }

  #nextQueued(): void {
    if (this.#lookingUp) return;
    const start = this.#queue.shift();
    if (!start) return;
    this.#lookingUp = true;
    start();
  }

  async #lookUp(input: RunInput, names: string[], reported: Promise<unknown>): Promise<boolean> {
    const found = new Map<string, SignalFinding>();
    try {
      for (const name of names) found.set(name, await this.#host.findSignal(name));
    } catch (error) {
      this.#diverge("a signal could not be looked up", errorCause(error), error);
      return false;
    } finally {
      this.#lookingUp = false;
    }
    const done = this.#handle(input, found, reported);
    this.#nextQueued();
    return done;
  }

  // Chained by hand, not by async functions: this is the path of every step, and each of those makes promises of its own.
  #handle(input: RunInput, signals: Signals, reported: Promise<unknown>): Promise<boolean> {
    if (this.#gone || this.#leaving) return REFUSED;
    const now = this.#host.clock.now();
    const transition = this.#decide(input, signals, now);
    if (!transition || transition.refused) return REFUSED;
    const rows = transitionRows(this.#state, transition);
    applyTransition(this.#state, transition, now);
    // At once: a place that is given up may be somebody else's before this is known to be durable.
    if (transition.allowed !== null) this.#calls.allow(transition.allowed);
    if (transition.park || transition.ending) this.#leaving = true;
    const done = this.#write(transition, rows, reported);
    if (transition.wanted > 0) this.#ask(transition.wanted);
    return done;
  }

  #write(transition: Transition, rows: ChangeSet, reported: Promise<unknown>): Promise<boolean> {
    if (writesNothing(transition)) {
      this.#act(transition, reported);
      // What it repeats may be on its way still: then it is not durable yet.
      return this.#written;
    }
    this.#written = this.#writes.commit(transition, rows).then(
      (result) => this.#committed(transition, result, reported),
      (error: unknown) => this.#diverge("a commit failed", errorCause(error), error),
    );
    return this.#written;
  }

  /** Asks for places at the function's gates. What else comes waits for the answer: it may need them. */
  #ask(places: number): void {
    const { run, flow } = this.#state;
    if (this.#gone || this.#leaving || !flow) return;
    this.#lookingUp = true;
    const { id, functionId, appId, rank, queuedAt, flow: written, startBy, epoch } = run;
    const parked = { id, functionId, appId, rank, queuedAt, flow: written, startBy, epoch };
    const guards = [{ kind: "lease" as const, runId: id, owner: run.owner ?? "", epoch: run.epoch }];
    this.#writes.ask({ kind: "ask", run: parked, flow, places }, { guards }).then(
      (result) => this.#granted(result),
      (error: unknown) => this.#diverge("places could not be asked for", errorCause(error), error),
    );
  }

  #granted(result: PublishResult): void {
    if (this.#gone) return;
    if (!result.ok) {
      this.#refused(result);
      return;
    }
    this.#writes.landed(() => {});
    if (result.granted) grantPlaces(this.#state, result.granted);
    this.#lookingUp = false;
    void this.#handle({ kind: "places" }, noSignals, this.#reported);
    this.#nextQueued();
  }

  #wantBodies(callId: number, count: number): void {
    if (!this.#gone && !this.#leaving) void this.#input({ kind: "bodies", callId, count });
  }

  #committed(transition: Transition, result: PublishResult, reported: Promise<unknown>): boolean {
    if (this.#gone) return false;
    if (!result.ok) return this.#refused(result);
    if (this.#refusals > 0 && hasResult(transition)) this.#refusals = 0;
    if (result.overtaken) this.#state.owed = 1;
    this.#writes.landed(() => this.#act(transition, reported));
    return true;
  }

  #decide(input: RunInput, signals: Signals, now: number): Transition | null {
    const { newId, jitter, retryIntervalMs, sizes } = this.#host;
    const knowsFunction = (id: string) => this.#host.knowsFunction(id);
    const isHeld = this.#host.isHeld(this.functionId);
    const given = { newId, jitter, retryIntervalMs, sizes };
    const context: DecideContext = { now, ...given, knowsFunction, signals, isHeld };
    const onFailure = (error: unknown) =>
      this.#host.log.error("a decision failed", { runId: this.runId, error: String(error) });
    try {
      return decideOrFail(this.#state, input, context, onFailure);
    } catch (error) {
      this.#diverge("a decision failed", errorCause(error), error);
      return null;
    }
  }

  #refused({ conflict }: Extract<CommitResult, { ok: false }>): false {
    if (conflict.kind === "guard" && conflict.guard.kind === "lease") {
      this.drop();
      this.#host.lost(this);
    } else {
      this.#diverge("a commit was refused", conflictCause(conflict), JSON.stringify(conflict));
    }
    return false;
  }

  /** What is in memory may not be what is stored. */
  #diverge(message: string, cause: string, detail?: unknown): false {
    if (this.#gone) return false;
    this.#host.log.debug(message, {
      runId: this.runId,
      cause: detail === undefined ? cause : String(detail),
    });
    this.drop();
    this.#host.diverged(this, cause);
    return false;
  }

  /** What follows from a transition that is durable. `reported`: the answer to the report before it. */
  #act(transition: Transition, reported: Promise<unknown>): void {
    if (transition.consumed.length > 0) this.#host.consumed(transition.consumed);
    for (const message of transition.messages) this.#host.deliver(message);
    for (const { message, values } of transition.warnings)
      this.#host.log.warn(message, { runId: this.runId, functionId: this.functionId, ...values });
    for (const callId of transition.answered) this.#calls.ended(callId);
    if (transition.ending || transition.park) {
      this.drop();
      if (transition.ending && this.#hasLatecomers) this.#forgetLatecomers();
      if (transition.ending) this.#host.ended(this.runId);
      this.#host.left(this, transition.park?.wakeAt ?? null);
      return;
    }
    if (transition.pushes.length > 0) {
      const push = () => {
        for (const news of transition.pushes) this.#calls.push(news);
      };
      reported.then(push, () => {});
    }
    if (transition.cancelCalls) this.#calls.cancel();
    for (const call of transition.calls) this.#writes.whenDurable(() => this.#start(call));
    if (!this.#gone) this.#timer.wakeBy(newDeadline(transition));
  }

  /** A call knows all that was decided: it must be durable by then. */
  #start(call: PlannedCall): void {
    if (!this.#gone) this.#calls.start(call);
  }

  /** News that was stored before the run's end was, and after that was decided. */
  #forgetLatecomers(): void {
    this.#host.store.commit({ endedMessages: [this.runId] }).catch((error: unknown) => {
      this.#host.log.debug("news of an ended run was left behind", {
        runId: this.runId,
        error: String(error),
      });
    });
  }
}

/** The run is further than before, whatever comes next. */
function hasResult({ steps }: Transition): boolean {
  for (const step of steps.values()) if (isSettled(step)) return true;
  return false;
}
