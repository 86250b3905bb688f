import {
  INLINE,
  type InlineHost,
  type InlineSession,
  type Json,
  type Op,
  StepfastError,
} from "@stepfast/protocol";
import type { InngestFunction } from "../../src/function/function.ts";
import type { Untyped } from "../../src/types/untyped.ts";
import { inlineCall, withData } from "./fake-host.ts";

/** A repeatable source of randomness. */
export function randomOf(seed: number): () => number {
  let state = seed + 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

type Input = { epoch: number; ops: Op[]; done: () => void } | { stepId: string };

/**
 * The least that an engine does for a run: takes inputs one by one, makes each durable after a while, gives results
 * their order, fires timers and retries, and loses what was not durable when it crashes.
 */
export class MiniEngine {
  readonly steps: Record<string, Json> = {};
  readonly order: string[] = [];
  readonly problems: string[] = [];
  readonly #pending = new Map<string, { attempt: number; isWait: boolean; isDue: boolean }>();
  readonly #random: () => number;
  readonly #fn: InngestFunction<Untyped, Untyped>;
  readonly #crashRate: number;
  #inbox: Input[] = [];
  #session: InlineSession | undefined;
  #epoch = 0;
  #crashesLeft = 40;
  #calls = 0;
  output: Json | undefined;

  constructor(fn: InngestFunction<Untyped, Untyped>, random: () => number, crashRate: number) {
    this.#fn = fn;
    this.#random = random;
    this.#crashRate = crashRate;
  }

  get calls(): number {
    return this.#calls;
  }

  isRecorded(stepId: string): boolean {
    return Object.hasOwn(this.steps, stepId);
  }

  async run(): Promise<void> {
    this.#call();
    for (let i = 0; i < 20_000 && this.output === undefined; i++) await this.#work();
    if (this.output === undefined) this.problems.push("the run never ended");
  }

  #call(): void {
    this.#calls++;
    const epoch = ++this.#epoch;
    const pending = Object.fromEntries(
      [...this.#pending].map(([id, { attempt, isDue, isWait }]) => [
        id,
        { state: isDue && !isWait ? ("run" as const) : ("hold" as const), attempt },
      ]),
    );
    const call = inlineCall({ steps: structuredClone(this.steps), stack: [...this.order], pending });
    const session = this.#fn[INLINE].call(this.#fn.id("app"), call, this.#host(epoch));
    this.#session = session;
    session.answer.then((answer) => this.#answered(epoch, answer));
  }

  #host(epoch: number): InlineHost {
    return {
      signal: new AbortController().signal,
      bodies: null,
      report: (ops) =>
        new Promise((resolve, reject) => {
          if (epoch !== this.#epoch) reject(new StepfastError("stale_dispatch", "taken over"));
          else this.#inbox.push({ epoch, ops: structuredClone(ops.map(withData)), done: resolve });
        }),
    };
  }

  #answered(epoch: number, answer: Awaited<InlineSession["answer"]>): void {
    if (epoch !== this.#epoch) return;
    const finish = () => {
      this.#session = undefined;
      if (answer.kind === "complete") this.output = answer.output;
      else if (answer.kind === "error") this.problems.push(`the function failed: ${answer.error.message}`);
    };
    this.#inbox.push({ epoch, ops: answer.kind === "ops" ? answer.ops : [], done: finish });
  }

  async #work(): Promise<void> {
    if (this.#crashesLeft > 0 && this.#random() < this.#crashRate) this.#crash();
    for (let turns = Math.floor(this.#random() * 3); turns >= 0; turns--) await turn();
    this.#fireTimers();
    const input = this.#inbox.shift();
    if (!input) {
      if (!this.#session && this.output === undefined) this.#call();
      return;
    }
    if ("stepId" in input) return this.#fire(input.stepId);
    for (const op of input.ops) this.#apply(op);
    // Between being decided and being durable: here a crash keeps the commit and loses its acknowledgement.
    await turn();
    input.done();
  }

  #crash(): void {
    this.#crashesLeft--;
    this.#session?.stop();
    this.#epoch++;
    this.#inbox = [];
    for (const pending of this.#pending.values()) pending.isDue = !pending.isWait && this.#random() < 0.5;
    this.#call();
  }

  #fireTimers(): void {
    for (const [stepId, pending] of this.#pending) {
      const isQueued = this.#inbox.some((input) => "stepId" in input && input.stepId === stepId);
      if (!isQueued && !pending.isDue && this.#random() < 0.15) this.#inbox.push({ stepId });
    }
  }

  #fire(stepId: string): void {
    const pending = this.#pending.get(stepId);
    if (!pending || pending.isDue) return;
    if (!pending.isWait) {
      pending.isDue = true;
      this.#session?.retry(stepId, pending.attempt);
      return;
    }
    this.#record(stepId, null);
    this.#session?.settle(stepId, null);
  }

  #apply(op: Op): void {
    if (this.isRecorded(op.id)) this.problems.push(`${op.name} was reported after it was recorded`);
    if (op.op === "StepRun") this.#record(op.id, { data: op.data ?? null });
    else if (op.op === "StepFailed") this.#record(op.id, { error: op.error as never });
    else if (op.op === "StepError")
      this.#pending.set(op.id, { attempt: (op.attempt ?? 0) + 1, isWait: false, isDue: false });
    else this.#pending.set(op.id, { attempt: 0, isWait: true, isDue: false });
  }

  #record(stepId: string, value: Json): void {
    this.steps[stepId] = value;
    this.order.push(stepId);
    this.#pending.delete(stepId);
  }
}
