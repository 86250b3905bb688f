import type { OpOptions } from "@stepfast/protocol";
import type { StepInfo, StepType } from "../middleware/base.ts";
import type { MiddlewareChain } from "../middleware/chain.ts";
import { type StepPromise, stepPromise } from "../step/promise.ts";
import type { StepOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { FoundStep, type StepPlan } from "./found-step.ts";
import type { Replay } from "./replay.ts";

/** The way of a step through middleware. */
export class MiddlewareSteps {
  readonly chain: MiddlewareChain;
  /** The handler's context, once it is made. */
  ctx: Untyped;
  readonly #replay: Replay;
  readonly #infos = new WeakMap<FoundStep, StepInfo>();
  readonly #unseen: Set<string>;
  #memoisationEnded = false;
  /** Steps that a hook is at work on. */
  #busy = 0;

  constructor(replay: Replay, chain: MiddlewareChain) {
    this.#replay = replay;
    this.chain = chain;
    this.#unseen = new Set(Object.keys(replay.call.request.steps).filter((id) => replay.isMemoised(id)));
  }

  get base(): { ctx: Untyped; fn: Untyped } {
    return { ctx: this.ctx, fn: this.#replay.call.fn };
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  find(options: StepOptions, plan: StepPlan): StepPromise<unknown> {
    this.#busy++;
    const settled = () => {
      this.#busy--;
      this.#replay.poke();
    };
    return stepPromise((resolve, reject) => {
      this.#findWrapped(options, plan).finally(settled).then(resolve, reject);
    });
  }

  async #findWrapped(original: StepOptions, plan: StepPlan): Promise<unknown> {
    const { stepOptions, input } = await this.chain.transformStepInput({
      fn: this.#replay.call.fn,
      stepInfo: this.#info(this.#replay.ids.peek(original.id), original, plan),
      stepOptions: { ...original, name: original.name ?? original.id },
      input: shownInput(plan),
    });
    const changed = withInput(plan, input);
    const step = new FoundStep(this.#replay.ids.claim(stepOptions.id), stepOptions, changed);
    const stepInfo = this.#info(step.id, stepOptions, changed);
    this.#infos.set(step, stepInfo);
    this.#unseen.delete(step.id);
    await this.checkMemoisationEnd();
    if (plan.body || stepInfo.memoized)
      return this.chain.wrap("wrapStep", { ...this.base, stepInfo }, () => this.#resultOf(step));
    return this.#wrapOnceKnown(step, stepInfo);
  }

  /** What waits is given to the hook once there is something to wrap; in most calls there will not be. */
  async #wrapOnceKnown(step: FoundStep, { ...stepInfo }: StepInfo): Promise<unknown> {
    const result = this.#resultOf(step);
    await result.catch(() => undefined);
    stepInfo.memoized = true;
    return this.chain.wrap("wrapStep", { ...this.base, stepInfo }, () => result);
  }

  /** While a step waits for its result no hook is at work on it. */
  async #resultOf(step: FoundStep): Promise<unknown> {
    this.#busy--;
    this.#replay.lookUp(step);
    try {
      return await step.promise;
    } finally {
      this.#busy++;
    }
  }

  #info(hashedId: string, options: StepOptions, plan: StepPlan): StepInfo {
    const info: StepInfo = {
      hashedId,
      memoized: this.#replay.isMemoised(hashedId),
      stepType: plan.type,
      options: { ...options, name: options.name ?? options.id },
    };
    const input = shownInput(plan);
    if (input.length > 0) info.input = input;
    return info;
  }

  infoOf(step: FoundStep): StepInfo {
    return this.#infos.get(step) ?? this.#info(step.id, step.options, step.plan);
  }

  /** Tells once that everything known before this call was asked for. */
  async checkMemoisationEnd(): Promise<void> {
    if (this.#memoisationEnded || this.#unseen.size > 0) return;
    this.#memoisationEnded = true;
    await this.chain.tell("onMemoizationEnd", this.base);
  }
}

/** Tools that show middleware what they ask of the engine, and let it change that. */
const SHOWS_OPTIONS = new Set<StepType>(["waitForEvent", "invoke"]);

function shownInput(plan: StepPlan): unknown[] {
  return SHOWS_OPTIONS.has(plan.type) ? [plan.opts] : [...(plan.input ?? [])];
}

function withInput(plan: StepPlan, input: unknown[]): StepPlan {
  if (SHOWS_OPTIONS.has(plan.type)) return { ...plan, opts: (input[0] ?? plan.opts) as OpOptions };
  return input.length > 0 || plan.input ? { ...plan, input } : plan;
}
