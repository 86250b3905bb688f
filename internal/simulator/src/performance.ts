import { hashStepId, type Json } from "@stepfast/protocol";
import type { BaseContext } from "stepfast";
import {
  NonRetriableError,
  RetryAfterError,
  referenceFunction,
  type StepContext,
  type UndoableStepPromise,
} from "stepfast";
import type { DeferredFunction } from "stepfast/experimental";
import type { Execution, Ledger, Pass, Undo } from "./ledger.ts";
import { expressions, type Failure, type ProgramOp, type Undoing } from "./program.ts";

/** What a function's code may touch outside of its steps. */
export interface Stage {
  readonly ledger: Ledger;
  now(): number;
  /** Resolves `ms` later; never, if the process that waits dies. */
  delay(ms: number): Promise<void>;
  /** A step's body starts: the moment to look whether it may. */
  bodyStarts(execution: Execution): void;
  /** A rollback starts. */
  undoStarts(undo: Undo): void;
  /** App id of a function by its own id. */
  appOf(functionId: string): string;
  deferred(functionId: string): DeferredFunction<undefined, unknown>;
}

interface Body {
  id: string;
  ms: number;
  failures?: Failure[];
}

/** What a rerun puts in the place of a step's arguments. */
interface EditedInput {
  edited: number;
}

type Op<Kind extends ProgramOp["kind"]> = Extract<ProgramOp, { kind: Kind }>;

/** One pass of a function's code through its program, with the SDK's own tools. */
export class Performance {
  readonly #context: BaseContext;
  readonly #stage: Stage;
  readonly #pass: Pass;
  readonly #k: number;

  constructor(context: BaseContext, stage: Stage, pass: Pass, k: number) {
    this.#context = context;
    this.#stage = stage;
    this.#pass = pass;
    this.#k = k;
  }

  async play(body: ProgramOp[]): Promise<void> {
    for (const op of body) await this.#op(op, {});
  }

  async #sequence(body: ProgramOp[], options: { parallelMode?: "race" }): Promise<void> {
    for (const op of body) await this.#op(op, options);
  }

  #op(op: ProgramOp, options: { parallelMode?: "race" }): Promise<void> | void {
    switch (op.kind) {
      case "all":
        return this.#all(op, options);
      case "race":
        return this.#race(op);
      case "try":
        return this.#try(op, options);
      case "think":
        return this.#stage.delay(op.ms);
      case "throw":
        return this.#throw(op);
      case "defer":
        return this.#defer(op);
      default:
        return this.#step(op, options);
    }
  }

  async #all({ branches }: Op<"all">, options: { parallelMode?: "race" }): Promise<void> {
    await Promise.all(branches.map((branch) => this.#sequence(branch, options)));
  }

  async #race({ id, branches, raceMode }: Op<"race">): Promise<void> {
    const options = raceMode ? { parallelMode: "race" as const } : {};
    const run = (branch: ProgramOp[], index: number) => this.#sequence(branch, options).then(() => index);
    const winner = await Promise.race(branches.map(run));
    const body = (given: StepContext | EditedInput): unknown =>
      this.#executeGiven({ id, ms: 0 }, given, winner);
    const recorded = (await this.#context.step.run(id, body)) as { winner: number };
    this.#see(id, recorded as unknown as Json);
    const known = recorded.winner;
    if (known !== winner) this.#see(`flipped-${id}`, winner);
  }

  async #try({ body, fallback }: Op<"try">, options: { parallelMode?: "race" }): Promise<void> {
    try {
      await this.#sequence(body, options);
    } catch {
      await this.#sequence(fallback, options);
    }
  }

  #throw({ place, times, final }: Op<"throw">): void {
    const count = this.#stage.ledger.countThrow(this.#pass.runId, place);
    if (count > times) return;
    const message = `${place} for the ${count}. time`;
    throw final ? new NonRetriableError(message) : new Error(message);
  }

  #defer({ id, target, cancel, when }: Op<"defer">): void {
    const options = { function: this.#stage.deferred(target), data: { k: this.#k } as never, when };
    const handle = this.#context.defer(id, options);
    if (cancel) handle.cancel();
    this.#pass.defers.set(id, cancel);
  }

  async #step(
    op: Exclude<ProgramOp, { kind: "all" | "race" | "try" | "think" | "throw" | "defer" }>,
    options: object,
  ): Promise<void> {
    const value = (await this.#call(op, { ...options, id: op.id })) as Json | undefined;
    this.#see(op.id, value ?? null);
  }

  #see(id: string, value: Json): void {
    this.#pass.seen.push([id, value]);
  }

  #call(
    op: Exclude<ProgramOp, { kind: "all" | "race" | "try" | "think" | "throw" | "defer" }>,
    options: { id: string },
  ): PromiseLike<unknown> {
    const { step } = this.#context;
    switch (op.kind) {
      case "run":
        return this.#undoable(
          op,
          step.run(options, (given): unknown => this.#executeGiven(op, given)),
        );
      case "sleep":
        return step.sleep(options, op.ms);
      case "wait":
        return step.waitForEvent(options, {
          event: op.event,
          timeout: op.timeoutMs,
          if: expressions[op.match],
        });
      case "signal":
        return step.waitForSignal(options, {
          signal: op.signal,
          timeout: op.timeoutMs,
          onConflict: op.conflict,
        });
      case "send-signal":
        return step.sendSignal(options, { signal: op.signal, data: `${this.#pass.runId}/${op.id}` });
      case "send":
        return this.#undoable(op, step.sendEvent(options, this.#eventOf(op)));
      case "invoke":
        return this.#invoke(op, options);
    }
  }

  #invoke(op: Op<"invoke">, options: { id: string }): PromiseLike<unknown> {
    const target = referenceFunction({ functionId: op.target, appId: this.#stage.appOf(op.target) });
    const timeout = op.timeoutMs === null ? {} : { timeout: op.timeoutMs };
    const data = { k: op.k, cart: op.k };
    return this.#undoable(op, this.#context.step.invoke(options, { function: target, data, ...timeout }));
  }

  #eventOf(op: Op<"send">) {
    return { name: op.event, data: { k: op.k, cart: op.k, tag: `${this.#pass.runId}/${op.id}` } };
  }

  #undoable<T>(op: { id: string; undo?: Undoing }, promise: UndoableStepPromise<T>): PromiseLike<T> {
    const { undo } = op;
    if (!undo) return promise;
    const undone = (output: unknown, context: StepContext) =>
      this.#undo(op.id, undo, output as Json | undefined, context);
    return undo.always ? promise.rollback(undone, { always: true }) : promise.rollback(undone);
  }

  #undo(stepId: string, { ms, failures }: Undoing, given: Json | undefined, { attempt }: StepContext) {
    const undo = this.#stage.ledger.beginUndo({
      runId: this.#pass.runId,
      stepId,
      given,
      attempt,
      pass: this.#pass,
    });
    this.#stage.undoStarts(undo);
    const end = () => endUndo(undo, failures[attempt]);
    return ms === 0 ? end() : this.#stage.delay(ms).then(end);
  }

  /** A rerun may give the step arguments: then these are all it gets. */
  #executeGiven(op: Body, given: StepContext | EditedInput, winner?: number): Json | Promise<Json> {
    if (!("edited" in given)) return this.#execute(op, given, winner);
    const before = this.#stage.ledger.executionsOf(this.#pass.runId, hashStepId(op.id)).length;
    return this.#execute({ ...op, edited: given.edited }, { attempt: -1 - before } as StepContext, winner);
  }

  /** A step's body: returns a value that no other execution returns. */
  #execute(op: Body & { edited?: number }, context: StepContext, winner?: number): Json | Promise<Json> {
    const execution = this.#stage.ledger.begin({
      runId: this.#pass.runId,
      stepId: op.id,
      attempt: context.attempt,
      maxAttempts: this.#context.maxAttempts ?? 0,
      pass: this.#pass,
      startedAt: this.#stage.now(),
    });
    this.#stage.bodyStarts(execution);
    const more = { winner, edited: op.edited };
    const end = () => endOf(execution, op.failures?.[context.attempt], more);
    return op.ms === 0 ? end() : this.#stage.delay(op.ms).then(end);
  }
}

function failureOf(failure: Failure, message: string): Error {
  if (failure.how === "final") return new NonRetriableError(message);
  if (failure.how === "retry-after") return new RetryAfterError(message, failure.seconds * 1_000);
  return new Error(message);
}

function endUndo(undo: Undo, failure: Failure | undefined): Json {
  if (failure) {
    const message = `the rollback of ${undo.stepId} fails its attempt ${undo.attempt}`;
    undo.outcome = { kind: "threw", message };
    throw failureOf(failure, message);
  }
  const value = { undo: undo.no };
  undo.outcome = { kind: "returned", value };
  return value;
}

function endOf(
  execution: Execution,
  failure: Failure | undefined,
  more: { winner: number | undefined; edited: number | undefined },
): Json {
  if (failure) {
    const message = `${execution.stepId} fails its attempt ${execution.attempt}`;
    execution.outcome = { kind: "threw", message };
    throw failureOf(failure, message);
  }
  const value = JSON.parse(JSON.stringify({ execution: execution.no, ...more })) as Json;
  execution.outcome = { kind: "returned", value };
  return value;
}
