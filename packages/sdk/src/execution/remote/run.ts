import type { CallAnswer, Op } from "@stepfast/protocol";
import { retryAfterOf } from "../../errors/classify.ts";
import { errorAnswer, failureBehind } from "../answer.ts";
import { logFailure } from "../failure-log.ts";
import type { FoundStep } from "../found-step.ts";
import { afterMacrotask } from "../macrotask.ts";
import { recordedOutput } from "../output.ts";
import { type HandlerResult, Replay, type ReplayCall, type StepRunner } from "../replay.ts";
import { type BodyOutcome, isFinalStepAttempt, runBody } from "../step-body.ts";
import { bodyOp, completeOp, stepOp } from "../step-ops.ts";
import { type CheckpointSettings, Checkpoints, checkpointSettings } from "./checkpoints.ts";
import { stepNotFound } from "./step-not-found.ts";
import { answerVersion } from "./version.ts";

const FIND_STEP_MS = 10_000;

/** A call over a network: it runs at most what the rules of PROTOCOL §5.4 let it, and answers with ops. */
export class RemoteRun implements StepRunner {
  readonly waitsForBodies = true;
  readonly replay: Replay;
  readonly answer: Promise<CallAnswer>;
  readonly #version: number;
  /** The only step this call is to run; undefined for a discovery. */
  readonly #target: string | undefined;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #found: FoundStep[] = [];
  #running = 0;
  #isCheckDue = false;
  #isOver = false;
  #isSaving = false;
  #stepsRun = 0;
  #result: HandlerResult | undefined;
  #answer!: (answer: CallAnswer) => void;

  /** `settings`: how to checkpoint, whatever the function's own are. */
  constructor(
    call: ReplayCall,
    checkpoint: ((ops: Op[]) => Promise<void>) | undefined,
    settings: CheckpointSettings | undefined = checkpointSettings(call.fn, call.maxRuntimeMs),
  ) {
    const { ctx } = call.request;
    this.#target = ctx.step_id === "step" || !ctx.step_id ? undefined : ctx.step_id;
    this.#version = answerVersion(call.fn, call.request.version);
    const mayCheckpoint = !this.#target && !ctx.disable_immediate_execution;
    this.#checkpoints =
      mayCheckpoint && checkpoint && settings ? new Checkpoints(checkpoint, settings) : undefined;
    this.answer = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.replay = new Replay(call, this);
    if (!this.#target) return;
    if (this.replay.isMemoised(this.#target)) this.#finish([]);
    else this.#searchTimer = setTimeout(() => this.#giveUpSearch(), FIND_STEP_MS);
  }

  found(step: FoundStep): void {
    if (this.#isOver) return;
    step.attempt = this.#attemptOf(step);
    this.#found.push(step);
    this.#dueCheck();
  }

  /** The call's attempt is the first step's; steps that follow it in the same call are new. */
  #attemptOf(step: FoundStep): number {
    if (this.#target) return step.id === this.#target ? this.replay.call.attempt : 0;
    return this.#stepsRun === 0 ? this.replay.call.attempt : 0;
  }

  settledAll(): void {
    if (this.#found.length > 0 || this.#result || this.#checkpoints?.isDue) this.#dueCheck();
  }

  #dueCheck(): void {
    if (this.#isCheckDue || this.#isOver) return;
    this.#isCheckDue = true;
    afterMacrotask(this.#check);
  }

  readonly #check = (): void => {
    this.#isCheckDue = false;
    if (this.#isOver || this.#running > 0 || this.#isSaving || !this.replay.isIdle) return;
    if (this.#target) this.#runTarget(this.#target);
    else if (this.#result && "output" in this.#result) this.#considerEnd(this.#result.output);
    else if (this.#found.length > 0) this.#decide();
    // The function is at something that is no step: it may take long.
    else if (this.#checkpoints?.isDue) this.#save();
  };

  /** Nothing else is decided before it is done. */
  #save(after = this.#check): void {
    this.#isSaving = true;
    this.#checkpoints?.flush().then(
      () => {
        this.#isSaving = false;
        after();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Steps nobody awaited still have to be done; waits nobody awaits any longer do not hold the run. */
  #considerEnd(output: unknown): void {
    if (this.#found.some((step) => step.plan.body)) this.#decide();
    else this.#complete(output);
  }

  #runTarget(target: string): void {
    const step = this.#found.find((found) => found.id === target);
    if (step?.plan.body) this.#run(step, (outcome) => this.#answerStep(step, outcome));
    else if (step) this.#finish([stepOp(step, step.plan.op)]);
    else if (this.#result && "thrown" in this.#result) this.#fail(this.#result.thrown);
    else if (this.#result) this.#giveUpSearch();
  }

  /** What to do about the steps found: run the only one, or tell of all. */
  #decide(): void {
    const [only, ...others] = this.#found;
    const { disable_immediate_execution: isPlanOnly } = this.replay.call.request.ctx;
    const mayRun = !isPlanOnly && !only?.options.parallelMode && !only?.plan.rollback?.isAlways;
    const runsNow = only?.plan.body && others.length === 0 && mayRun;
    if (!only || !runsNow || this.#checkpoints?.isSpent) return this.#report();
    if (this.#checkpoints?.isDue) return this.#save();
    this.#run(only, (outcome) => this.#afterStep(only, outcome));
  }

  #run(step: FoundStep, done: (outcome: BodyOutcome) => void): void {
    this.#running++;
    this.#stepsRun++;
    clearTimeout(this.#searchTimer);
    this.replay.markFresh();
    runBody(this.replay, step, (outcome) => {
      this.#running--;
      this.replay.call.stream?.stepDone(step.id, outcome.ok);
      if (!this.#isOver) done(outcome);
    });
  }

  #afterStep(step: FoundStep, outcome: BodyOutcome): void {
    const isFirstOfRetry = this.replay.call.attempt > 0 && this.#stepsRun === 1;
    // After a retry the step is answered by itself, so that the engine's count starts anew.
    if (!this.#checkpoints || !outcome.ok || isFirstOfRetry) return this.#answerStep(step, outcome);
    this.#found = this.#found.filter((other) => other !== step);
    this.#checkpoints.hold(this.replay.withLazy([bodyOp(step, outcome, false)]));
    const goOn = () => this.replay.settling.append(step, { data: outcome.given });
    // A function goes on with what is recorded; but its last steps, where several are saved at a time, go along in its answer.
    if (this.#checkpoints.isDue) this.#save(goOn);
    else goOn();
  }

  #answerStep(step: FoundStep, outcome: BodyOutcome): void {
    if (outcome.ok) return this.#finish([bodyOp(step, outcome, false)]);
    const isFinal = isFinalStepAttempt(this.replay, step, outcome.thrown);
    logFailure(this.replay.call, outcome.thrown, step);
    // Replay calls `defer` again: lazy ops of an attempt that failed are dropped.
    this.replay.lazy.take();
    const retryAfter = retryAfterOf(outcome.thrown);
    this.#finish([bodyOp(step, outcome, isFinal)], {
      noRetry: isFinal,
      ...(retryAfter && !isFinal ? { retryAfter } : {}),
    });
  }

  #report(): void {
    this.#finish(this.#found.map((step) => stepOp(step, step.plan.body ? "StepPlanned" : step.plan.op)));
  }

  /** Answers with ops, once everything before them is saved. */
  #finish(ops: Op[], more: { noRetry?: boolean; retryAfter?: string } = {}): void {
    this.#isOver = true;
    clearTimeout(this.#searchTimer);
    const answerWith = (unsaved: Op[]) =>
      this.#answer({
        kind: "ops",
        ops: [...unsaved, ...this.replay.withLazy(ops)],
        version: this.#version,
        ...more,
      });
    if (!this.#checkpoints) return answerWith([]);
    const checkpoints = this.#checkpoints;
    checkpoints.flush().then(
      () => answerWith(checkpoints.take()),
      (error: unknown) => this.#answer(errorAnswer(error, this.#version)),
    );
  }

  ended(result: HandlerResult): void {
    if (this.#isOver) return;
    this.#result = result;
    // The step asked for may be one that the function no longer waits for: its end is no reason not to run it.
    if (this.#target) return this.#dueCheck();
    if ("thrown" in result) return this.#fail(result.thrown);
    // What is known and not settled yet may lead to more steps.
    const isSaving = this.#isSaving || this.#checkpoints?.isSaving;
    if (this.#found.length === 0 && this.replay.isIdle && !isSaving) this.#complete(result.output);
    else this.#dueCheck();
  }

  #complete(output: unknown): void {
    // What is on its way has to be there before the answer is.
    if (this.#checkpoints?.isSaving || this.#checkpoints?.isBulky) return this.#save();
    const result = recordedOutput(output);
    if ("thrown" in result) return this.#fail(result.thrown);
    this.#isOver = true;
    const waits = this.#found.map((step) => stepOp(step, step.plan.op));
    const ops = [...(this.#checkpoints?.take() ?? []), ...this.replay.withLazy(waits)];
    if (ops.length > 0 || this.#stepsRun > 0) {
      this.#answer({ kind: "ops", ops: [...ops, completeOp(result.data)], version: this.#version });
    } else {
      this.#answer({ kind: "complete", output: result.data, version: this.#version });
    }
  }

  /** The function threw. Lazy ops, and steps that could not be saved, go first: in a checkpoint or in front of the error. */
  #fail(thrown: unknown): void {
    this.#isOver = true;
    clearTimeout(this.#searchTimer);
    const answer = errorAnswer(thrown, this.#version);
    logFailure(this.replay.call, thrown);
    const checkpoints = this.#checkpoints;
    const lazy = this.replay.lazy.take();
    const answerBehind = (unsaved: Op[]) =>
      this.#answer(unsaved.length === 0 ? answer : failureBehind(unsaved, answer));
    if (!checkpoints) return answerBehind(lazy);
    checkpoints.hold(lazy);
    checkpoints.flush().then(
      () => answerBehind(checkpoints.take()),
      (error: unknown) => this.#answer(errorAnswer(error, this.#version)),
    );
  }

  #giveUpSearch(): void {
    if (this.#isOver || !this.#target || this.#running > 0) return;
    this.#isOver = true;
    clearTimeout(this.#searchTimer);
    this.#answer(stepNotFound(this.#target, this.#found, this.#version));
  }
}
