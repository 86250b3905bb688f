import type { CallAnswer, Json, Op } from "@stepfast/protocol";
import type { InngestFunction } from "../../src/function/function.ts";
import type { Untyped } from "../../src/types/untyped.ts";
import { call } from "./remote-call.ts";

interface Pending {
  attempt: number;
  /** A step that runs in the application; otherwise only time settles it. */
  isPlanned: boolean;
}

/** The least that a server does for a run behind a URL: discoveries, one call for each planned step, checkpoints. */
export class MiniServer {
  readonly steps: Record<string, Json> = {};
  readonly order: string[] = [];
  readonly problems: string[] = [];
  output: Json | undefined;
  calls = 0;
  readonly #pending = new Map<string, Pending>();
  readonly #fn: InngestFunction<Untyped, Untyped>;
  readonly #random: () => number;
  readonly #checkpoints: boolean;
  #attempt = 0;

  constructor(fn: InngestFunction<Untyped, Untyped>, random: () => number, checkpoints: boolean) {
    this.#fn = fn;
    this.#random = random;
    this.#checkpoints = checkpoints;
  }

  isRecorded(stepId: string): boolean {
    return Object.hasOwn(this.steps, stepId);
  }

  async run(): Promise<void> {
    for (let i = 0; i < 2_000 && this.output === undefined; i++) {
      const ids = [...this.#pending.keys()];
      const chosen = ids[Math.floor(this.#random() * ids.length)];
      if (chosen === undefined) await this.#discover();
      else await this.#advance(chosen);
    }
    if (this.output === undefined) this.problems.push("the run never ended");
  }

  /** Steps are settled in any order; the function is asked again once all of them are. */
  async #advance(stepId: string): Promise<void> {
    const pending = this.#pending.get(stepId);
    if (!pending?.isPlanned) return this.#record(stepId, null);
    const { steps, order: stack } = this;
    this.calls++;
    this.#take(
      await call(this.#fn, { steps, stack, stepId, attempt: pending.attempt, planOnly: true }),
      pending.attempt,
    );
  }

  async #discover(): Promise<void> {
    this.calls++;
    const checkpoint = this.#checkpoints
      ? async (ops: Op[]) => {
          this.#attempt = 0;
          for (const op of ops) this.#apply(op, 0);
        }
      : undefined;
    const attempt = this.#attempt;
    this.#take(
      await call(this.#fn, { steps: { ...this.steps }, stack: [...this.order], attempt, checkpoint }),
      attempt,
    );
  }

  #take(answer: CallAnswer, attempt: number): void {
    if (answer.kind === "complete") this.output = answer.output;
    else if (answer.kind === "error") this.problems.push(answer.error.message);
    else for (const op of answer.ops) this.#apply(op, attempt);
  }

  #apply(op: Op, attempt: number): void {
    if (op.op === "RunComplete") {
      this.output = op.data ?? null;
      return;
    }
    if (this.isRecorded(op.id)) this.problems.push(`${op.name} was reported after it was recorded`);
    if (op.op === "StepRun") this.#record(op.id, { data: op.data ?? null });
    else if (op.op === "StepFailed") this.#record(op.id, { error: op.error as never });
    else if (op.op === "StepError") this.#fail(op.id, attempt + 1);
    else if (!this.#pending.has(op.id))
      this.#pending.set(op.id, { attempt: 0, isPlanned: op.op === "StepPlanned" });
  }

  #fail(stepId: string, attempt: number): void {
    const pending = this.#pending.get(stepId);
    // A step that ran in a discovery is tried again by a discovery.
    if (pending) pending.attempt = attempt;
    else this.#attempt = attempt;
  }

  #record(stepId: string, value: Json): void {
    this.steps[stepId] = value;
    this.order.push(stepId);
    this.#pending.delete(stepId);
    this.#attempt = 0;
  }
}
