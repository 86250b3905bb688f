import type { CallAnswer, CallRequest, Op, StepValue } from "@stepfast/protocol";
import { serializeError } from "../../errors/serialize.ts";
import type { FunctionEntry, InngestFunction } from "../../function/function.ts";
import type { Untyped } from "../../types/untyped.ts";
import { callRemote } from "../remote/call.ts";
import { KnownSteps, type StepState, type TrialOp } from "./known-steps.ts";

type AnyFunction = InngestFunction<Untyped, Untyped>;

/** How a function is to be executed once, as test packages say it. */
export interface ExecutionOptions {
  runId: string;
  /** `event` and `events`, as the function receives them. */
  data: { event: Untyped; events?: Untyped[]; attempt?: number };
  /** Steps with a result, by hash. A promise in it is looked at when the function comes to its step. */
  stepState?: Record<string, StepState>;
  /** Hashes of steps, in the order in which their results came. */
  stepCompletionOrder?: string[];
  /** Hash of the only step to run. */
  requestedRunStep?: string | undefined;
  /** Find steps, and run none. */
  disableImmediateExecution?: boolean;
  /** What the handler is given in place of its context. */
  transformCtx?: ((ctx: Untyped) => Untyped) | undefined;
  /** The failure handler in place of the function's own. */
  isFailureHandler?: boolean;
}

interface Outcomes {
  "function-resolved": { data: unknown };
  "function-rejected": { error: unknown; retriable: boolean | string };
  "step-ran": { step: Op; retriable?: boolean | string };
  "steps-found": { steps: [Op, ...Op[]] };
  "step-not-found": { step: Op; foundSteps: unknown[]; totalFoundSteps: number };
}

/** What came of one execution. `ctx`: what the handler was given. `ops`: the steps it has results of, by hash. */
export type ExecutionResult = {
  [K in keyof Outcomes]: { type: K; ctx: Untyped; ops: Record<string, TrialOp> } & Outcomes[K];
}[keyof Outcomes];
type Outcome = { [K in keyof Outcomes]: { type: K } & Outcomes[K] }[keyof Outcomes];

/**
 * One execution of a function without a server: up to the first step without a result, which it runs if there is only one.
 * A step whose result is a promise is asked for it when the function comes to it; then the function starts anew.
 */
export class TrialExecution {
  readonly #fn: AnyFunction;
  readonly #options: ExecutionOptions;
  readonly #known: KnownSteps;
  #ctx: Untyped;

  constructor(fn: AnyFunction, options: ExecutionOptions) {
    this.#fn = fn;
    this.#options = options;
    this.#known = new KnownSteps(options.stepState ?? {}, options.stepCompletionOrder ?? []);
  }

  /** Never rejects for what the function does. */
  async start(): Promise<ExecutionResult> {
    await this.#known.takeRecorded();
    const outcome = await this.#outcome();
    return { ...outcome, ctx: this.#ctx, ops: this.#known.ops() } as ExecutionResult;
  }

  async #outcome(): Promise<Outcome> {
    const { requestedRunStep, disableImmediateExecution } = this.#options;
    if (!requestedRunStep && !disableImmediateExecution && !this.#known.hasMore)
      return outcomeOf(await this.#call({}));
    for (;;) {
      const answer = await this.#call({ isPlanOnly: true });
      const found = answer.kind === "ops" ? answer.ops : [];
      if (await this.#known.take(found.map(({ id }) => id))) continue;
      if (requestedRunStep) return this.#requested(requestedRunStep, answer, found);
      const isOnlyOne = found.length === 1 && found[0]?.op === "StepPlanned";
      if (isOnlyOne && !disableImmediateExecution) return outcomeOf(await this.#call({}));
      return outcomeOf(answer);
    }
  }

  /** Runs the step that is asked for. One that waits cannot be run: without a result for it the test would never end. */
  async #requested(id: string, answer: CallAnswer, found: readonly Op[]): Promise<Outcome> {
    const step = found.find((op) => op.id === id);
    if (step?.op === "StepPlanned") return outcomeOf(await this.#call({ isPlanOnly: true, stepId: id }));
    if (step)
      return { type: "function-rejected", error: serializeError(needsResult(step)), retriable: false };
    return found.length > 0 ? notFound(id, found) : outcomeOf(answer);
  }

  #call(how: { isPlanOnly?: boolean; stepId?: string }): Promise<CallAnswer> {
    const { client } = this.#fn;
    const slug = `${this.#fn.id(client.id)}${this.#options.isFailureHandler ? "-failure" : ""}`;
    return callRemote({ fn: this.#watched(), slug, client, request: this.#request(how) });
  }

  #request({ isPlanOnly = false, stepId = "step" }: { isPlanOnly?: boolean; stepId?: string }): CallRequest {
    const { runId, data } = this.#options;
    const stack = [...this.#known.order];
    return {
      event: data.event,
      events: data.events ?? [data.event],
      steps: this.#known.values as Record<string, StepValue>,
      version: -1,
      ctx: {
        run_id: runId,
        env: "",
        step_id: stepId,
        attempt: data.attempt ?? 0,
        max_attempts: (this.#fn.opts.retries ?? 4) + 1,
        stack: { stack, current: stack.length },
        disable_immediate_execution: isPlanOnly,
        use_api: false,
      },
    };
  }

  /** The function, with a handler whose context is seen, and changed first if that is wanted. */
  #watched(): AnyFunction {
    const fn = this.#fn;
    const entry = (slug: string): FunctionEntry => {
      const own = fn.entry(slug);
      return {
        ...own,
        handler: (context) => {
          // Tests put spies into the tools in place; these ones are shared.
          context.step.ai.models = { ...context.step.ai.models };
          this.#ctx = this.#options.transformCtx?.(context) ?? context;
          return own.handler(this.#ctx);
        },
      };
    };
    return Object.create(fn, { entry: { value: entry } });
  }
}

function outcomeOf(answer: CallAnswer): Outcome {
  if (answer.kind === "complete") return { type: "function-resolved", data: answer.output };
  if (answer.kind === "error") {
    const { error, noRetry, retryAfter } = answer;
    return { type: "function-rejected", error, retriable: retryAfter ?? !noRetry };
  }
  const end = answer.ops.find(({ op }) => op === "RunComplete");
  if (end) return { type: "function-resolved", data: end.data ?? null };
  const ran = answer.ops.find(({ op }) => op === "StepRun" || op === "StepError" || op === "StepFailed");
  if (ran) return { type: "step-ran", step: told(ran), retriable: answer.retryAfter ?? !answer.noRetry };
  return { type: "steps-found", steps: answer.ops.map(told) as [Op, ...Op[]] };
}

/** An op without what only engines look at; `data` is a result, and nothing else. */
function told({ attempt: _attempt, retryAfter: _retryAfter, data, ...op }: Op): Op {
  return op.op === "StepRun" ? { ...op, data: data ?? null } : op;
}

function needsResult({ op, userland }: Op): Error {
  const tool = op === "InvokeFunction" ? "an invocation" : "a wait";
  return new Error(
    `Step "${userland?.id}" is ${tool}: give the test a result for it, steps: [{ id: "${userland?.id}", handler: () => … }]`,
  );
}

function notFound(id: string, found: readonly Op[]): Outcome {
  const foundSteps = found.map(({ id, displayName }) => ({ id, displayName }));
  // An op that only test packages know: the wire has an error in its place.
  const step = { id, op: "StepNotFound" } as unknown as Op;
  return { type: "step-not-found", step, foundSteps, totalFoundSteps: found.length };
}
