import type { OpCode, OpMetadata, OpOptions } from "@stepfast/protocol";
import type { StepType } from "../middleware/base.ts";
import { forgiveUnhandled, type StepPromise, stepPromise } from "../step/promise.ts";
import type { RollbackContext, StepContext, StepOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import type { ClaimedId } from "./step-ids.ts";

/** What a step tool wants done. */
export interface StepPlan {
  type: StepType;
  op: OpCode;
  /** The op's `name`; absent: the display name. `null`: the op has none. */
  name?: string | null;
  opts: OpOptions;
  /** Present where the step runs in this process. */
  body?: (context: StepContext, input: unknown[] | undefined) => unknown;
  /** Input arguments, where there are any. */
  input?: unknown[];
  /** How the step is undone, once the function has said so. */
  rollback?: Rollback;
  /** What the user gets for the recorded value; absent: the value itself. May reject. */
  read?: (value: unknown) => unknown;
}

/** Undoes a step. `output` is what the function was given; undefined: the step did not complete. */
export type RollbackHandler = (output: Untyped, context: RollbackContext) => unknown;

/** Filled in by the promise's `rollback`: after the step was found, before anything of it was told. */
export interface Rollback {
  handler: RollbackHandler | undefined;
  /** Also where the step did not complete. */
  isAlways: boolean;
  /** The engine was told of the step: it is too late to say how it is undone. */
  isTold: boolean;
}

/** How a step ended, as its promise tells it. */
export type Settlement = { data: unknown } | { error: unknown };

/** A step that the running function asked for. */
export class FoundStep {
  readonly id: string;
  readonly userId: string;
  readonly index: number | undefined;
  readonly options: StepOptions;
  readonly plan: StepPlan;
  readonly promise: StepPromise<unknown>;
  input: unknown[] | undefined;
  attempt = 0;
  #takesNotes = false;
  #notes: OpMetadata[] | undefined;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;

  constructor(claim: ClaimedId, options: StepOptions, plan: StepPlan) {
    this.id = claim.hash;
    this.userId = claim.userId;
    this.index = claim.index;
    this.options = options;
    this.plan = plan;
    this.input = plan.input;
    this.promise = stepPromise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get displayName(): string {
    return this.options.name ?? this.userId;
  }

  /** A body starts: what it notes goes along with what becomes of it. */
  startNotes(): void {
    this.#takesNotes = true;
  }

  /** What the body has noted. Whatever it notes from now on comes too late for its op. */
  takeNotes(): OpMetadata[] | undefined {
    const notes = this.#notes;
    this.#takesNotes = false;
    this.#notes = undefined;
    return notes;
  }

  /** False: no body runs that this could go along with. `merges`: with what was noted under the same kind. */
  note(note: OpMetadata, merges: boolean): boolean {
    if (!this.#takesNotes) return false;
    this.#notes ??= [];
    const notes = this.#notes;
    const before = notes.find(({ kind, scope }) => kind === note.kind && scope === note.scope);
    if (!before) notes.push(note);
    else Object.assign(before, note, merges ? { values: { ...before.values, ...note.values } } : {});
    return true;
  }

  settle(settlement: Settlement): void {
    if ("error" in settlement) {
      forgiveUnhandled(this.promise);
      this.#reject(settlement.error);
      return;
    }
    const { read } = this.plan;
    if (!read) return this.#resolve(settlement.data);
    try {
      this.#resolve(read(settlement.data));
    } catch (error) {
      forgiveUnhandled(this.promise);
      this.#reject(error);
    }
  }
}
