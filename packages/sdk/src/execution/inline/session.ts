import type { CallAnswer, InlineHost, InlineSession, Json, Op, PendingStep } from "@stepfast/protocol";
import { StepError } from "../../errors/step-error.ts";
import { errorAnswer, REQUEST_VERSION } from "../answer.ts";
import type { FoundStep } from "../found-step.ts";
import { afterMicrotask } from "../microtask.ts";
import { recordedOutput } from "../output.ts";
import { type HandlerResult, Replay, type ReplayCall, type StepRunner } from "../replay.ts";
import { type BodyOutcome, isFinalStepAttempt, runBody } from "../step-body.ts";
import { completeOp, inlineBodyOp, stepOp } from "../step-ops.ts";
import { HeldSteps } from "./held-steps.ts";
import { IdleWatch } from "./idle-watch.ts";
import { isStale, Reports } from "./reports.ts";
import { Results } from "./results.ts";
import { StartQueue } from "./start-queue.ts";

/**
 * A call in the engine's own process. Steps run as soon as they are found; each is reported when it is done, and
 * user code goes on meanwhile. Nothing new starts to run before all that was reported is durable, and the call
 * answers `ops` only once nothing is left to do here.
 */
export class Session implements InlineSession, StepRunner {
  readonly waitsForBodies = false;
  readonly answer: Promise<CallAnswer>;
  readonly replay: Replay;
  /** What the engine knows of steps without a result. */
  readonly #pending: Record<string, PendingStep>;
  readonly #reports: Reports;
  readonly #results: Results;
  readonly #queue = new StartQueue();
  readonly #held = new HeldSteps();
  /** Null: any number of bodies may run at a time. */
  readonly #bodies: InlineHost["bodies"];
  readonly #idle = new IdleWatch(
    () => (!this.#held.isEmpty || this.#result !== undefined) && this.#isQuiet() && this.#reports.allDurable,
    () => this.#conclude(),
  );
  /** Waits found in this call and not reported. */
  #newWaits: FoundStep[] = [];
  #running = 0;
  #isPumpDue = false;
  #isOver = false;
  #result: HandlerResult | undefined;
  #cancelled: Promise<void> | undefined;
  #onBodiesDone: (() => void) | undefined;
  #answer!: (answer: CallAnswer) => void;

  constructor(call: ReplayCall, pending: Record<string, PendingStep>, host: InlineHost) {
    this.#pending = { ...pending };
    this.#bodies = host.bodies;
    this.answer = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.replay = new Replay(call, this);
    this.#results = new Results(this.replay.settling);
    this.#reports = new Reports(host, this.replay.lazy, {
      durable: () => this.#onDurable(),
      refused: (error) => this.#onRefused(error),
    });
  }

  found(step: FoundStep): void {
    if (this.#isOver) return;
    this.#idle.news();
    const pending = this.#pending[step.id];
    step.attempt = pending?.attempt ?? 0;
    if (step.plan.body && pending?.state !== "hold") return this.#enqueue(step);
    this.#held.add(step);
    if (!pending) this.#newWaits.push(step);
    this.#duePump();
    this.#idle.consider();
  }

  /** A cleanup registered before a body is durable before it runs: no crash, and no cancellation after one, loses it. */
  #enqueue(step: FoundStep): void {
    if (!this.replay.lazy.isEmpty) this.#reports.flushLazy();
    this.#queue.add(step, this.#reports.latest);
    this.#duePump();
  }

  /** Bodies start in a turn of their own: what is found in the same turn is seen together. */
  #duePump(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    afterMicrotask(this.#pump);
  }

  readonly #pump = (): void => {
    this.#isPumpDue = false;
    if (this.#isOver || this.replay.settling.isReplaying) return;
    if (this.#newWaits.length > 0 && (this.#running > 0 || !this.#queue.isEmpty)) this.#reportWaits();
    this.#bodies?.want(this.#running + this.#queue.size);
    for (let step = this.#nextBody(); step; step = this.#nextBody()) this.#start(step);
  };

  /** The next step whose body may run, if any. */
  #nextBody(): FoundStep | undefined {
    if (this.#bodies && this.#running >= Math.max(1, this.#bodies.allowed())) return undefined;
    return this.#queue.take(this.#isDurable);
  }

  readonly #isDurable = (report: number): boolean => this.#reports.isDurable(report);

  /** A wait is opened before any body that is found with it runs: that body may send what it waits for. */
  #reportWaits(): void {
    let report = 0;
    for (const step of this.#newWaits) report = this.#reports.add(waitOp(step));
    this.#newWaits = [];
    this.#reports.flush();
    this.#queue.holdUntil(report);
  }

  #start(step: FoundStep): void {
    if (step.plan.rollback?.isAlways && !this.#pending[step.id]) return this.#recordFirst(step);
    this.#running++;
    this.replay.markFresh();
    runBody(this.replay, step, (outcome) => this.#finished(step, outcome));
  }

  /** Its body starts once it is known that it may have. */
  #recordFirst(step: FoundStep): void {
    this.#pending[step.id] = { state: "run", attempt: step.attempt };
    this.#queue.add(step, this.#reports.add(stepOp(step, "StepPlanned")));
    this.#reports.flush();
  }

  #finished(step: FoundStep, outcome: BodyOutcome): void {
    this.#running--;
    const isFinal = !outcome.ok && isFinalStepAttempt(this.replay, step, outcome.thrown);
    const op = inlineBodyOp(step, outcome, isFinal);
    if (this.#onBodiesDone) return this.#finishedAfterCancel(op, this.#onBodiesDone);
    if (this.#isOver) return;
    this.#idle.news();
    const report = this.#reports.add(op);
    if (this.#bodies) this.#passOn(this.#bodies);
    const settlement = outcome.ok ? { data: outcome.given } : { error: new StepError(step.userId, op.error) };
    if (outcome.ok || isFinal) this.#results.add({ report, step, settlement }, this.#held.hasWaits);
    else this.#held.add(step);
    this.#considerFailure();
    this.#idle.consider();
  }

  /** A body has ended: the next takes its place, or the place is given up. */
  #passOn(bodies: NonNullable<InlineHost["bodies"]>): void {
    if (this.#queue.isEmpty) bodies.want(Math.max(1, this.#running));
    else this.#duePump();
  }

  widen(): void {
    if (!this.#isOver && !this.#queue.isEmpty) this.#duePump();
  }

  #onDurable(): void {
    if (this.#isOver) return;
    this.#idle.news();
    this.#results.release(this.#isDurable);
    if (!this.#queue.isEmpty) this.#pump();
    this.#idle.consider();
  }

  #onRefused(error: unknown): void {
    if (this.#isOver) return;
    if (!isStale(error)) this.#answer({ ...errorAnswer(error), noRetry: false });
    this.stop();
  }

  settledAll(): void {
    if (this.#isOver) return;
    if (!this.#queue.isEmpty || this.#newWaits.length > 0) this.#duePump();
    this.#idle.consider();
  }

  ended(result: HandlerResult): void {
    if (this.#isOver) return;
    this.#result = result;
    this.#idle.news();
    if ("thrown" in result) return this.#considerFailure();
    // The usual case: nothing is under way. Otherwise the function ends when what it left behind has.
    if (!this.#held.hasRetries && this.#isQuiet()) this.#complete(result.output);
    else this.#idle.consider();
  }

  /** A function that threw ends once the bodies that are executing have: what they did is recorded. */
  #considerFailure(): void {
    if (this.#isOver || this.#running > 0 || !this.#result || !("thrown" in this.#result)) return;
    this.#fail(this.#result.thrown);
  }

  #fail(thrown: unknown): void {
    this.#reports.flushLazy();
    this.#finish(errorAnswer(thrown));
  }

  #complete(output: unknown): void {
    const result = recordedOutput(output);
    if ("thrown" in result) return this.#fail(result.thrown);
    for (const step of this.#newWaits) this.#reports.add(waitOp(step));
    this.#reports.flush();
    const lazy = this.replay.lazy.take();
    if (lazy.length === 0) this.#finish({ kind: "complete", output: result.data, version: REQUEST_VERSION });
    else this.#finish({ kind: "ops", ops: [...lazy, completeOp(result.data)], version: REQUEST_VERSION });
  }

  /** Nothing happens in this process any more. */
  #isQuiet(): boolean {
    if (this.#isOver || this.#running > 0 || !this.#queue.isEmpty || !this.#results.isEmpty) return false;
    return this.replay.isIdle;
  }

  /** Nothing will happen here by itself: the function has ended, or it waits for the engine. */
  #conclude(): void {
    const result = this.#result;
    if (result && "output" in result && !this.#held.hasRetries) return this.#complete(result.output);
    const ops = this.replay.withLazy(this.#newWaits.map(waitOp));
    this.#finish({ kind: "ops", ops, version: REQUEST_VERSION });
  }

  #finish(answer: CallAnswer): void {
    this.#drop();
    this.#answer(answer);
  }

  settle(stepId: string, value: Json): void {
    if (this.#isOver) return;
    this.#idle.news();
    delete this.#pending[stepId];
    const step = this.#held.take(stepId);
    if (step) this.replay.settle(step, value);
    else this.replay.remember(stepId, value);
  }

  retry(stepId: string, attempt: number): void {
    if (this.#isOver) return;
    this.#idle.news();
    this.#pending[stepId] = { state: "run", attempt };
    const step = this.#held.take(stepId);
    if (!step) return;
    step.attempt = attempt;
    this.#enqueue(step);
  }

  cancel(): Promise<void> {
    this.#cancelled ??= new Promise((resolve) => this.#cancel(resolve));
    return this.#cancelled;
  }

  #cancel(done: () => void): void {
    if (this.#isOver) return done();
    this.#drop();
    // Deferred functions that the code has scheduled run after a cancelled run too.
    this.#reports.flushLazy();
    if (this.#running === 0) done();
    else this.#onBodiesDone = done;
  }

  #finishedAfterCancel(op: Op, done: () => void): void {
    this.#reports.add(op);
    if (this.#running > 0) return;
    this.#reports.flush();
    done();
  }

  stop(): void {
    this.#drop();
    this.#reports.stop();
    this.#onBodiesDone?.();
  }

  /** Nothing more comes of this call: no step starts, no result reaches user code. */
  #drop(): void {
    this.#isOver = true;
    this.replay.settling.stop();
    this.#held.clear();
    this.#queue.clear();
    this.#results.clear();
    this.#newWaits = [];
  }
}

function waitOp(step: FoundStep): Op {
  return stepOp(step, step.plan.op);
}
