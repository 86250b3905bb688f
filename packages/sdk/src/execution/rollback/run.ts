import { type CallAnswer, rollbackStepId, toWireError } from "@stepfast/protocol";
import { retryAfterOf } from "../../errors/classify.ts";
import type { RollbackContext, StepContext } from "../../types/step-tools.ts";
import { FoundStep, type StepPlan } from "../found-step.ts";
import { afterMacrotask } from "../macrotask.ts";
import { type HandlerResult, Replay, type ReplayCall, type StepRunner } from "../replay.ts";
import { type BodyOutcome, isFinalStepAttempt, runBody } from "../step-body.ts";
import { bodyOp } from "../step-ops.ts";
import { notReached } from "./not-reached.ts";

const FIND_STEP_MS = 10_000;
/** What runs beside code that has thrown may still come to the step. */
const AFTER_END_MS = 2_000;

class Undoing implements RollbackContext {
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly stepIdempotencyKey: string;
  readonly #context: StepContext;

  constructor(context: StepContext, stepIdempotencyKey: string) {
    this.attempt = context.attempt;
    this.idempotencyKey = context.idempotencyKey;
    this.stepIdempotencyKey = stepIdempotencyKey;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }
}

/**
 * A call that undoes one step: the function is replayed until it comes to that step, and there, with everything in
 * scope that was in scope then, its rollback runs. Whatever transport brought the call.
 */
export class RollbackRun implements StepRunner {
  readonly waitsForBodies = true;
  readonly replay: Replay;
  readonly answer: Promise<CallAnswer>;
  readonly #stepId: string;
  #searchTimer: ReturnType<typeof setTimeout>;
  readonly #found: string[] = [];
  #isOver = false;
  #isReached = false;
  #answer!: (answer: CallAnswer) => void;

  constructor(call: ReplayCall, stepId: string) {
    this.#stepId = stepId;
    this.answer = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.replay = new Replay(call, this);
    this.#searchTimer = setTimeout(() => this.#giveUp({ output: undefined }), FIND_STEP_MS);
  }

  /** The run has ended but for this: nothing else of it goes on. */
  found(step: FoundStep): void {
    this.#come(step, undefined);
  }

  knownFailure(step: FoundStep): void {
    this.#come(step, undefined);
  }

  known(step: FoundStep, data: unknown): void {
    this.#come(step, data);
  }

  #come(step: FoundStep, data: unknown): void {
    this.#found.push(step.userId);
    if (step.id !== this.#stepId || this.#isReached || this.#isOver) return;
    this.#isReached = true;
    clearTimeout(this.#searchTimer);
    // The function stays where it is: what came after the step is not to run beside its rollback.
    this.replay.settling.stop();
    // The code attaches the rollback only after it was given the step's promise.
    afterMacrotask(() => this.#undo(step, data));
  }

  settledAll(): void {}

  /** A branch beside others may have thrown: those were on their way to the step then, and are now. */
  ended(result: HandlerResult): void {
    if (this.#isReached || this.#isOver) return;
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.#giveUp(result), AFTER_END_MS);
  }

  /** The run was taken away: the rollback does not start any more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#searchTimer);
    this.replay.settling.stop();
  }

  #undo(step: FoundStep, data: unknown): void {
    if (this.#isOver) return;
    const { handler, isAlways } = step.plan.rollback ?? {};
    if (!handler || (data === undefined && !isAlways))
      return this.#finish(notReached(`step "${step.userId}" has no rollback any more`));
    const stepIdempotencyKey = this.replay.stepContext(step).idempotencyKey;
    const plan: StepPlan = {
      type: "run",
      op: "StepRun",
      opts: {},
      body: (context) => handler(data, new Undoing(context, stepIdempotencyKey)),
    };
    const options = { id: `${step.userId} rollback`, name: `${step.displayName} rollback` };
    const undo = new FoundStep({ hash: rollbackStepId(step.id), userId: options.id }, options, plan);
    undo.attempt = this.replay.call.attempt;
    this.replay.markFresh();
    runBody(this.replay, undo, (outcome) => this.#undone(undo, outcome));
  }

  #undone(undo: FoundStep, outcome: BodyOutcome): void {
    const isFinal = !outcome.ok && isFinalStepAttempt(this.replay, undo, outcome.thrown);
    const answer: CallAnswer = { kind: "ops", ops: [bodyOp(undo, outcome, isFinal)] };
    if (!outcome.ok) {
      answer.noRetry = isFinal;
      const retryAfter = isFinal ? undefined : retryAfterOf(outcome.thrown);
      if (retryAfter !== undefined) answer.retryAfter = retryAfter;
    }
    this.#finish(answer);
  }

  #giveUp(result: HandlerResult): void {
    const steps = this.#found.map((userId) => `"${userId}"`).join(", ") || "none";
    if (!("thrown" in result))
      return this.#finish(
        notReached(`the function does not come to the step any more; its steps are: ${steps}`),
      );
    const reason = toWireError(result.thrown).message;
    this.#finish(notReached(`the function threw before it came to the step: ${reason}`));
  }

  #finish(answer: CallAnswer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#searchTimer);
    this.#answer(answer);
  }
}
