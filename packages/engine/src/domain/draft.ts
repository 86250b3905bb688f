import { type Json, valueLength, type WireError } from "@stepfast/protocol";
import type { Guard, StepRow, StepStatus, WaitRow } from "@stepfast/store";
import { type BackOff, retryDueAt } from "./back-off.ts";
import { hasPlace, type RunFlow } from "./flow/run-flow.ts";
import { isDefer, isSettled, ROLLBACK_OP, ROLLBACK_STEP_ID, type RunState } from "./run-state.ts";
import { defaultSizes, type SizeLimits } from "./size-limits.ts";
import { emptyTransition, type Transition } from "./transition.ts";

/** What a decision may use beside the state: time, ids, chance and the registry, all given. */
export interface DecideContext {
  now: number;
  newId: () => string;
  jitter: () => number;
  retryIntervalMs?: number | undefined;
  knowsFunction: (functionId: string) => boolean;
  /** The function is paused, its runs start nothing. */
  isHeld: boolean;
  sizes?: SizeLimits;
  /** Who else waits for the signals that the input's ops wait for, by wait name; looked up before the decision. */
  signals: ReadonlyMap<string, SignalFinding>;
}

export interface SignalFinding {
  holder: WaitRow | null;
  guard: Guard;
}

/** A decision in the making: the state as it is, and over it what changes. */
export class Draft {
  readonly state: RunState;
  readonly context: DecideContext;
  readonly out: Transition = emptyTransition();
  #settled = 0;
  #added = 0;
  #openSteps: number;
  #waitingSteps: number;
  #calls: number;
  #nextCallId: number;
  defers: number;
  deferBytes: number;
  stateBytes: number;
  /** When the call to the function began that was answered now; null: none was. */
  answeredSince: number | null = null;
  /** Step bodies that the call in this process runs at a time. */
  bodies: number;
  /** Calls that want a place at the function's gates first. */
  wanted = 0;
  /** A call waits for the function to be resumed. */
  heldBack = false;
  /** A result was not taken: what a function in another process did with it does not count either. */
  hasRefused = false;
  /** What was due when the input came has been looked at once more; never a loop. */
  dueTaken = false;

  constructor(state: RunState, context: DecideContext) {
    this.state = state;
    this.context = context;
    this.#openSteps = state.openSteps;
    this.#waitingSteps = state.waitingSteps;
    this.#calls = state.calls.size;
    this.#nextCallId = state.nextCallId;
    this.defers = state.defers;
    this.deferBytes = state.deferBytes;
    this.stateBytes = state.stateBytes;
    this.bodies = state.bodies;
  }

  get now(): number {
    return this.context.now;
  }

  get sizes(): SizeLimits {
    return this.context.sizes ?? defaultSizes;
  }

  get runId(): string {
    return this.state.run.id;
  }

  /** Steps without a result. */
  get openSteps(): number {
    return this.#openSteps;
  }

  /** Of them, those that wait for something outside the function. */
  get waitingSteps(): number {
    return this.#waitingSteps;
  }

  /** Calls that are neither answered nor planned just now. */
  get runningCalls(): number {
    return this.#calls;
  }

  get stepCount(): number {
    return this.state.steps.size + this.#added;
  }

  /** Of the next step: one more than any other's, also where rows between them are missing. */
  get nextNo(): number {
    return this.stepCount + this.state.missingSteps;
  }

  get news(): boolean {
    return this.out.news ?? this.state.news;
  }

  get forcePlan(): boolean {
    return this.out.forcePlan ?? this.state.forcePlan;
  }

  get cancelled(): boolean {
    return (this.out.run.cancel ?? this.state.run.cancel) !== null;
  }

  /** The run is to end, and its steps are undone first. */
  get isUndoing(): boolean {
    return this.step(ROLLBACK_STEP_ID) !== undefined;
  }

  get retryAt(): number | null {
    return this.out.run.retryAt === undefined ? this.state.run.retryAt : this.out.run.retryAt;
  }

  get bodyAttempt(): number {
    return this.out.run.attempt ?? this.state.run.attempt;
  }

  step(stepId: string): StepRow | undefined {
    return this.out.steps.get(stepId) ?? this.state.steps.get(stepId);
  }

  /** All steps, as they will be. */
  *allSteps(): Generator<StepRow> {
    for (const step of this.state.steps.values()) yield this.out.steps.get(step.stepId) ?? step;
    for (const step of this.out.steps.values()) {
      if (!this.state.steps.has(step.stepId)) yield step;
    }
  }

  putStep(row: StepRow): void {
    const before = this.step(row.stepId);
    if (before) this.#count(before, -1);
    else this.#added++;
    this.#count(row, 1);
    this.out.steps.set(row.stepId, row);
  }

  #count(step: StepRow, sign: 1 | -1): void {
    if (isDefer(step)) {
      this.defers += sign;
      this.deferBytes += sign * (step.opts?.length ?? 0);
      return;
    }
    if (step.op === ROLLBACK_OP) return;
    this.stateBytes += sign * valueLength(step.output);
    if (isSettled(step)) return;
    this.#openSteps += sign;
    if (step.status === "waiting") this.#waitingSteps += sign;
  }

  /** Gives a step its result. */
  settle(step: StepRow, status: Extract<StepStatus, "completed" | "failed">, output: string): void {
    this.putStep({
      ...step,
      status,
      output,
      // When a wait would have ended is part of its story.
      dueAt: step.status === "waiting" ? step.dueAt : null,
      settledNo: this.state.nextSettledNo + this.#settled++,
      endedAt: this.now,
    });
  }

  /** Gives a step a failure that the function cannot know of by itself. */
  refuse(step: StepRow, error: WireError): void {
    this.fail(step, error);
    this.tell(step.stepId, { error: error as unknown as Json });
  }

  fail(step: StepRow, error: WireError): void {
    this.settle(step, "failed", JSON.stringify({ error }));
  }

  recordAttempt(params: { stepId: string; attempt: number; startedAt: number; error: WireError }): void {
    this.out.attempts.push({
      runId: this.runId,
      stepId: params.stepId,
      attempt: params.attempt,
      startedAt: params.startedAt,
      endedAt: this.now,
      error: JSON.stringify(params.error),
    });
  }

  retryDueAt(attempt: number, asked: Pick<BackOff, "retryAfter" | "retryAtOnce">): number {
    const backOff: BackOff = {
      attempt,
      jitter: this.context.jitter(),
      retryAfter: asked.retryAfter,
      retryAtOnce: asked.retryAtOnce,
      retryIntervalMs: this.context.retryIntervalMs,
    };
    return retryDueAt(backOff, this.now);
  }

  /** Plans a call. False: the function is paused, or the run has no place for it yet. */
  call(stepId: string, attempt: number): boolean {
    if (this.context.isHeld) {
      this.heldBack = true;
      return false;
    }
    if (!hasPlace(this.flow, this.#placesTaken())) {
      this.wanted++;
      return false;
    }
    this.out.calls.push({ id: this.#nextCallId++, stepId, attempt });
    this.#calls++;
    this.bodies = 1;
    return true;
  }

  /** Places a call takes: one; the function in this process takes one for each step body that it may run. */
  #placesTaken(): number {
    if (!this.state.fn.inline || !this.isCalled("step")) return this.#calls;
    const others = this.#calls - 1;
    const left = (this.flow?.held ?? 0) - others;
    return others + Math.max(1, Math.min(this.bodies, left));
  }

  /** What the run holds of its function's gates, as it will be. */
  get flow(): RunFlow | null {
    return this.out.flow ?? this.state.flow;
  }

  /** The gate at which it waits. */
  get gate(): string | null {
    return this.out.run.gate === undefined ? this.state.run.gate : this.out.run.gate;
  }

  /** Whether a call, running or planned, is for this step alone. */
  isCalled(stepId: string): boolean {
    for (const call of this.state.calls.values()) {
      if (call.stepId === stepId && !this.out.answered.includes(call.id)) return true;
    }
    return this.out.calls.some((call) => call.stepId === stepId);
  }

  /** All steps that {@link isCalled}: for who asks about many. */
  calledSteps(): Set<string> {
    const called = new Set(this.out.calls.map((call) => call.stepId));
    for (const call of this.state.calls.values())
      if (!this.out.answered.includes(call.id)) called.add(call.stepId);
    return called;
  }

  answered(callId: number): void {
    const call = this.state.calls.get(callId);
    if (!call) return;
    if (call.stepId === "step") this.answeredSince = call.startedAt;
    this.out.answered.push(callId);
    this.#calls--;
  }

  /** The function has not heard of this result: a call in this process is told, else the next call tells it. */
  tell(stepId: string, value: Json): void {
    this.out.news = true;
    if (!this.state.fn.inline) return;
    for (const call of this.state.calls.values()) {
      if (call.stepId === "step") this.out.pushes.push({ callId: call.id, stepId, kind: "settle", value });
    }
  }

  /** A result that the function itself reported: a call in this process knows it, a remote one wants another call. */
  heard(): void {
    if (this.isUndoing) return;
    if (!this.state.fn.inline) this.out.news = true;
    if (this.bodyAttempt > 0) this.out.run.attempt = 0;
  }
}
