import {
  type CallAnswer,
  type InlineFunction,
  type InlineHost,
  type InlineSession,
  type Op,
  StepfastError,
} from "@stepfast/protocol";
import type { CommitResult, MessageRow, Store } from "@stepfast/store";
import { applyTransition } from "../domain/apply-transition.ts";
import { callRequest, inlineCall } from "../domain/call-request.ts";
import { decide, type RunInput } from "../domain/decide.ts";
import type { DecideContext, SignalFinding } from "../domain/draft.ts";
import type { RunState } from "../domain/run-state.ts";
import { signalWaitName } from "../domain/step-op.ts";
import type { PlannedCall, Transition } from "../domain/transition.ts";
import { writesNothing } from "../domain/transition.ts";
import { transitionRows } from "../domain/transition-rows.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Remote } from "../ports/remote.ts";
import type { Publisher } from "./publisher.ts";

/** What an actor needs of its node. */
export interface ActorHost {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly remote: Remote;
  readonly publisher: Publisher;
  readonly newId: () => string;
  readonly jitter: () => number;
  readonly retryIntervalMs: number | undefined;
  knowsFunction(functionId: string): boolean;
  /** The function's code, if it is in this process. */
  inlineFunction(functionId: string): InlineFunction | undefined;
  /** The function's step URL. */
  remoteUrl(functionId: string): string | null;
  findSignal(name: string): Promise<SignalFinding>;
  /** The run ended or was parked, durably; `wakeAt` is when it wants to be claimed. */
  left(actor: RunActor, wakeAt: number | null): void;
  /** The actor's state may differ from what is stored: it must be loaded anew. */
  diverged(actor: RunActor): void;
  /** The run is not this node's any more. */
  lost(actor: RunActor): void;
  /** News for another run, stored. */
  deliver(message: MessageRow): void;
  /** These messages were taken in, durably. */
  consumed(messageIds: string[]): void;
}

const noSignals: ReadonlyMap<string, SignalFinding> = new Map();

/**
 * One live run in memory: inputs come in one at a time, each is decided, committed, and only then acted on.
 */
export class RunActor {
  readonly #host: ActorHost;
  readonly #state: RunState;
  readonly #sessions = new Map<number, InlineSession>();
  readonly #seen = new Set<string>();
  #abort: AbortController | null = null;
  #queue: (() => void)[] = [];
  #lookingUp = false;
  #leaving = false;
  #gone = false;
  #cancelling = false;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopTimer: (() => void) | null = null;

  constructor(host: ActorHost, state: RunState) {
    this.#host = host;
    this.#state = state;
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

  /** Takes the first decision. */
  begin(messages: MessageRow[]): void {
    for (const message of messages) this.#seen.add(message.id);
    void this.#input({ kind: "start", messages });
    if (this.#gone || this.#leaving) return;
    const due = this.#earliestDue();
    if (due < this.#timerAt) this.#armAt(due);
  }

  /** News that is stored already. */
  deliver(message: MessageRow): void {
    if (this.#gone || this.#leaving || this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    void this.#input({ kind: "message", message });
  }

  /** Steps finished inside a running remote call. Resolves when they are durable. */
  async checkpoint(ops: Op[], generation: number | undefined): Promise<void> {
    if (generation !== undefined && generation !== this.epoch) throw staleDispatch();
    const call = [...this.#state.calls.values()].find((running) => running.stepId === "step");
    if (!call || this.#state.fn.inline) throw staleDispatch();
    await this.#report(call.id, ops);
  }

  /** Forgets the run without a word to the store. */
  drop(): void {
    this.#gone = true;
    this.#stopTimer?.();
    for (const session of this.#sessions.values()) session.stop();
    this.#sessions.clear();
  }

  /** Lets what runs now finish, then gives the run back: it can be claimed at once. */
  async release(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.cancel()));
    if (this.#gone || this.#leaving) return;
    this.#leaving = true;
    const { run } = this.#state;
    const now = this.#host.clock.now();
    const guards = [{ kind: "lease" as const, runId: run.id, owner: run.owner ?? "", epoch: run.epoch }];
    await this.#host.store.commit({
      guards,
      runs: [{ id: run.id, owner: null, wakeAt: now, blocked: null }],
    });
    this.drop();
  }

  /** Whether a call to another process is still unanswered. */
  get isCalling(): boolean {
    return !this.#gone && this.#state.calls.size > this.#sessions.size;
  }

  async #report(callId: number, ops: Op[]): Promise<void> {
    if (this.#gone || this.#leaving || !this.#state.calls.has(callId)) throw staleDispatch();
    const applied = await this.#input({ kind: "report", callId, ops });
    if (!applied || this.#gone || (this.#cancelling && !this.#state.fn.inline)) throw staleDispatch();
  }

  /** Resolves once the input's consequences are durable; false if they were refused. */
  #input(input: RunInput): Promise<boolean> {
    const signals = signalNames(input);
    if (!this.#lookingUp && signals.length === 0) return this.#handle(input, noSignals);
    return new Promise((resolve) => {
      this.#queue.push(() => void this.#lookUp(input, signals).then(resolve));
      this.#drainQueue();
    });
  }

  #drainQueue(): void {
    if (this.#lookingUp) return;
    const step = this.#queue.shift();
    if (!step) return;
    this.#lookingUp = true;
    step();
  }

  async #lookUp(input: RunInput, names: string[]): Promise<boolean> {
    const found = new Map<string, SignalFinding>();
    try {
      for (const name of names) found.set(name, await this.#host.findSignal(name));
    } catch (error) {
      this.#diverge("a signal could not be looked up", error);
      return false;
    } finally {
      this.#lookingUp = false;
    }
    const done = this.#handle(input, found);
    this.#drainQueue();
    return done;
  }

  async #handle(input: RunInput, signals: ReadonlyMap<string, SignalFinding>): Promise<boolean> {
    if (this.#gone || this.#leaving) return false;
    const now = this.#host.clock.now();
    const transition = this.#decide(input, signals, now);
    if (!transition) return false;
    const rows = transitionRows(this.#state, transition);
    applyTransition(this.#state, transition, now);
    if (transition.park || transition.ending) this.#leaving = true;
    if (!writesNothing(transition)) {
      const result = await this.#commit(transition, rows);
      if (this.#gone) return false;
      if (!result.ok) return this.#refused(result);
    }
    this.#effects(transition);
    return true;
  }

  #decide(input: RunInput, signals: ReadonlyMap<string, SignalFinding>, now: number): Transition | null {
    const { newId, jitter, retryIntervalMs } = this.#host;
    const knowsFunction = (id: string) => this.#host.knowsFunction(id);
    const context: DecideContext = { now, newId, jitter, retryIntervalMs, knowsFunction, signals };
    try {
      return decide(this.#state, input, context);
    } catch (error) {
      this.#host.log.error("a decision failed", { runId: this.runId, error: String(error) });
      this.#diverge("a decision failed", error);
      return null;
    }
  }

  async #commit(transition: Transition, rows: Parameters<Store["commit"]>[0]): Promise<CommitResult> {
    try {
      if (transition.emissions.length === 0) return await this.#host.store.commit(rows);
      return await this.#host.publisher.publish(transition.emissions, rows);
    } catch (error) {
      this.#diverge("a commit failed", error);
      return { ok: true };
    }
  }

  #refused(result: Extract<CommitResult, { ok: false }>): false {
    const { conflict } = result;
    if (conflict.kind === "guard" && conflict.guard.kind === "lease") {
      this.drop();
      this.#host.lost(this);
    } else {
      this.#diverge("a commit was refused", conflict);
    }
    return false;
  }

  #diverge(message: string, cause: unknown): void {
    if (this.#gone) return;
    this.#host.log.debug(message, { runId: this.runId, cause: String(cause) });
    this.drop();
    this.#host.diverged(this);
  }

  #effects(transition: Transition): void {
    if (transition.consumed.length > 0) this.#host.consumed(transition.consumed);
    for (const message of transition.messages) this.#host.deliver(message);
    for (const id of transition.answered) this.#sessions.delete(id);
    if (transition.ending || transition.park) {
      this.drop();
      this.#host.left(this, transition.park?.wakeAt ?? null);
      return;
    }
    for (const push of transition.pushes) {
      for (const session of this.#sessions.values()) {
        if (push.kind === "settle") session.settle(push.stepId, push.value);
        else session.retry(push.stepId, push.attempt);
      }
    }
    if (transition.cancelCalls) this.#cancelCalls();
    for (const call of transition.calls) this.#call(call);
    this.#arm(transition);
  }

  #call(call: PlannedCall): void {
    if (this.#state.fn.inline) this.#callInline(call);
    else void this.#callRemote(call);
  }

  #callInline(call: PlannedCall): void {
    const code = this.#host.inlineFunction(this.functionId);
    if (!code) return this.#diverge("the function is not registered any more", this.functionId);
    const request = inlineCall(this.#state, call, this.#host.newId(), this.#host.clock.now());
    const actor = this;
    const host: InlineHost = {
      report: (ops) => this.#report(call.id, ops),
      get signal() {
        return actor.#signal;
      },
    };
    const session = code.call(this.functionId, request, host);
    this.#sessions.set(call.id, session);
    session.answer.then((answer) => this.#answer(call.id, answer));
  }

  get #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#cancelling) this.#abort.abort();
    return this.#abort.signal;
  }

  async #callRemote(call: PlannedCall): Promise<void> {
    const url = this.#host.remoteUrl(this.functionId);
    if (url === null) return this.#diverge("the function is not registered any more", this.functionId);
    const requestId = this.#host.newId();
    const checkpoint = call.stepId === "step" && !this.#state.forcePlan;
    const request = callRequest(this.#state, call, { requestId, env: "", checkpoint });
    const { functionId, epoch } = this;
    const answer = await this.#host.remote.call({
      url,
      functionId,
      stepId: call.stepId,
      request,
      requestId,
      generation: epoch,
      signal: this.#signal,
    });
    this.#answer(call.id, answer);
  }

  #answer(callId: number, answer: CallAnswer): void {
    if (this.#gone) return;
    void this.#input({ kind: "answer", callId, answer });
  }

  /** Nothing new starts; what executes now may finish, and its results are still taken. */
  #cancelCalls(): void {
    if (this.#cancelling) return;
    this.#cancelling = true;
    if (this.#state.fn.inline) this.#abort?.abort();
    for (const [callId, session] of this.#sessions) {
      void session.cancel().then(() => this.#answer(callId, { kind: "ops", ops: [] }));
    }
  }

  /** Wakes for the earliest deadline among what just changed. */
  #arm(transition: Transition): void {
    let due = transition.run.finishBy ?? Number.POSITIVE_INFINITY;
    for (const step of transition.steps.values()) if (step.dueAt !== null) due = Math.min(due, step.dueAt);
    if (due < this.#timerAt) this.#armAt(due);
  }

  #armAt(due: number): void {
    this.#stopTimer?.();
    this.#timerAt = due;
    const delayMs = Math.max(0, due - this.#host.clock.now());
    this.#stopTimer = this.#host.clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#stopTimer = null;
    if (this.#gone || this.#leaving) return;
    void this.#input({ kind: "tick" });
    const due = this.#earliestDue();
    if (due < this.#timerAt) this.#armAt(due);
  }

  #earliestDue(): number {
    const now = this.#host.clock.now();
    let due = this.#state.run.finishBy ?? Number.POSITIVE_INFINITY;
    for (const step of this.#state.steps.values()) {
      if (step.dueAt !== null && step.dueAt > now) due = Math.min(due, step.dueAt);
    }
    return due > now ? due : Number.POSITIVE_INFINITY;
  }
}

function staleDispatch(): StepfastError {
  return new StepfastError(
    "stale_dispatch",
    "This call no longer owns its run: stop, and report nothing more",
  );
}

function signalNames(input: RunInput): string[] {
  const ops =
    input.kind === "report"
      ? input.ops
      : input.kind === "answer" && input.answer.kind === "ops"
        ? input.answer.ops
        : [];
  return ops.length === 0 ? [] : ops.filter((op) => op.op === "WaitForSignal").map(signalWaitName);
}
