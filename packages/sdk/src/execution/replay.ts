import type { CallRequest, Json, Op } from "@stepfast/protocol";
import type { EventStream } from "../endpoint/event-stream.ts";
import { StepError } from "../errors/step-error.ts";
import type { InngestFunction } from "../function/function.ts";
import { enterStep } from "../group/scope.ts";
import type { MiddlewareChain } from "../middleware/chain.ts";
import type { StepPromise } from "../step/promise.ts";
import type { StepContext, StepOptions, StepOptionsOrId } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { FoundStep, type Settlement, type StepPlan } from "./found-step.ts";
import { LazyOps } from "./lazy-ops.ts";
import { readMemo } from "./memo.ts";
import { MiddlewareSteps } from "./middleware-steps.ts";
import { Nesting } from "./nesting.ts";
import { SettleOrder } from "./settle-order.ts";
import { StepIds } from "./step-ids.ts";

export type AnyFunction = InngestFunction<Untyped, Untyped>;

/** How a handler ended. */
export type HandlerResult = { output: unknown } | { thrown: unknown };

/** A call of a function, whatever brought it. */
export interface ReplayCall {
  fn: AnyFunction;
  slug: string;
  request: CallRequest;
  /** Zero-based attempt the handler sees. */
  attempt: number;
  maxAttempts: number;
  signal: AbortSignal;
  chain: MiddlewareChain | undefined;
  /** Wrong use of an SDK function is an error here, and a logged line in production. */
  isDevelopment: boolean;
  /** How long a call over a network may go on if neither the function nor its client says. */
  maxRuntimeMs?: number | undefined;
  /** What a durable endpoint streams to its caller. */
  stream?: EventStream | undefined;
}

/** What decides about steps without a result: the inline and the remote way of running a call. */
export interface StepRunner {
  /** Whether no other step runs while a body does: a step inside of it would wait for ever. */
  readonly waitsForBodies: boolean;
  /** The code asked for a step whose result is not known. */
  found(step: FoundStep): void;
  /** The code asked for a step whose result is known, and will be given it. */
  known?(step: FoundStep, data: unknown): void;
  /** The same of a step that is known to have failed. */
  knownFailure?(step: FoundStep): void;
  /** Everything known so far was given to the code. */
  settledAll(): void;
  /** The handler returned or threw. */
  ended(result: HandlerResult): void;
}

/** One pass through a function: what it found, what is known, what it is owed. */
export class Replay {
  readonly call: ReplayCall;
  readonly ids: StepIds;
  readonly lazy = new LazyOps();
  readonly settling: SettleOrder;
  readonly nesting: Nesting;
  /** Called when the memoised part is over: the logger wakes up. */
  onFresh: () => void = () => {};
  readonly #runner: StepRunner;
  readonly #middleware: MiddlewareSteps | undefined;
  readonly #late = new Map<string, Json>();
  #memos: Record<string, unknown>;
  #replaysLeft: number;

  constructor(call: ReplayCall, runner: StepRunner) {
    const { request, fn } = call;
    this.call = call;
    this.nesting = new Nesting(this, runner.waitsForBodies);
    this.#runner = runner;
    this.#memos = request.steps;
    this.ids = new StepIds(fn.stepHashes);
    const stack = request.ctx.stack?.stack ?? [];
    const order = stack.length > 0 ? stack : Object.keys(request.steps).filter((id) => this.isMemoised(id));
    this.#replaysLeft = order.length;
    this.settling = new SettleOrder(order, {
      settling: () => this.#settling(),
      idle: () => this.#runner.settledAll(),
    });
    this.#middleware = call.chain ? new MiddlewareSteps(this, call.chain) : undefined;
  }

  get memos(): Record<string, unknown> {
    return this.#memos;
  }

  /** Middleware may change what is known, before the handler starts. */
  replaceMemos(memos: Record<string, unknown>): void {
    this.#memos = memos;
  }

  /** Everything known was given to the code, and no middleware is at work on a step. */
  get isIdle(): boolean {
    return this.settling.isIdle && !this.#middleware?.isBusy;
  }

  /** Whether code is followed across awaits anyhow. */
  get isFollowed(): boolean {
    return this.#runner.waitsForBodies;
  }

  /** Middleware has done its part on a step: the runner may look again. */
  poke(): void {
    this.#runner.settledAll();
  }

  get middleware(): MiddlewareSteps | undefined {
    return this.#middleware;
  }

  /** A step tool was called. */
  find(idOrOptions: StepOptionsOrId, plan: StepPlan): StepPromise<unknown> {
    const given = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
    const { parallelMode, variant } = enterStep();
    const options = parallelMode === undefined ? given : { parallelMode, ...given };
    const told = variant ? { ...plan, opts: { ...plan.opts, ...variant } } : plan;
    this.nesting.check(options.id);
    if (this.#middleware) return this.#middleware.find(options, told);
    return this.open(options, told).promise;
  }

  /** Claims the step's id and looks for its result. */
  open(options: StepOptions, plan: StepPlan): FoundStep {
    const step = new FoundStep(this.ids.claim(options.id), options, plan);
    this.lookUp(step);
    return step;
  }

  lookUp(step: FoundStep): void {
    const value = this.#known(step.id);
    if (value === undefined) return this.#runner.found(step);
    const memo = readMemo(value);
    if ("input" in memo) {
      step.input = memo.input;
      return this.#runner.found(step);
    }
    this.settling.memoised(step, settlementOf(step, memo));
    if ("data" in memo) this.#runner.known?.(step, memo.data);
    else this.#runner.knownFailure?.(step);
  }

  isMemoised(stepId: string): boolean {
    const value = this.#known(stepId);
    return value !== undefined && !("input" in readMemo(value));
  }

  #known(stepId: string): unknown {
    return Object.hasOwn(this.#memos, stepId) ? this.#memos[stepId] : this.#late.get(stepId);
  }

  /** A result arrived for a step that the code has not asked for yet. */
  remember(stepId: string, value: Json): void {
    this.#late.set(stepId, value);
    this.settling.expect(stepId);
  }

  /** A result arrived for a step that the code waits for. */
  settle(step: FoundStep, value: Json): void {
    const memo = readMemo(value);
    if (!("input" in memo)) this.settling.append(step, settlementOf(step, memo));
  }

  #settling(): void {
    if (this.#replaysLeft > 0 && --this.#replaysLeft === 0) this.onFresh();
  }

  /** The code is past what it did in earlier calls. */
  get isFresh(): boolean {
    return this.#replaysLeft === 0;
  }

  /** A new body starts: whatever else was memoised is no longer asked for. */
  markFresh(): void {
    if (this.#replaysLeft === 0) return;
    this.#replaysLeft = 0;
    this.onFresh();
  }

  stepContext(step: FoundStep): StepContext {
    return new RunningStep(this.call, step);
  }

  /** Ops that ride along with the next thing sent, in front of it. */
  withLazy(ops: Op[]): Op[] {
    return this.lazy.isEmpty ? ops : [...this.lazy.take(), ...ops];
  }
}

function settlementOf(step: FoundStep, memo: { data: unknown } | { error: unknown }): Settlement {
  return "error" in memo ? { error: new StepError(step.userId, memo.error) } : memo;
}

class RunningStep implements StepContext {
  readonly attempt: number;
  readonly #call: ReplayCall;
  readonly #stepId: string;

  constructor(call: ReplayCall, step: FoundStep) {
    this.attempt = step.attempt;
    this.#call = call;
    this.#stepId = step.id;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get idempotencyKey(): string {
    return `${this.#call.request.ctx.run_id}:${this.#stepId}`;
  }
}
