import { StepfastError } from "@stepfast/protocol";
import { Acknowledgements } from "./acknowledgements.ts";

/** What became of one request of a batch. */
export type Outcome<Result> = { ok: true; value: Result } | { ok: false; error: Error };

/**
 * Carries a batch out as one transaction, requests in order; one outcome each, in the same order. Rejects if the batch
 * as a whole failed.
 */
export type WriteBatch<Request, Result> = (batch: Request[]) => Promise<Outcome<Result>[]>;

export interface GroupCommitOptions<Request> {
  /** Requests in a batch. Default 1,000. */
  maxBatch?: number;
  /** Roughly how many bytes a request brings along. Default: none. */
  bytesOf?: (request: Request) => number;
  /** Bytes in a batch; a request that is larger goes alone. Default 16 MiB. */
  maxBatchBytes?: number;
  /** Requests that wait; more are refused with `store_unavailable`. Default 100,000. */
  maxWaiting?: number;
  /** Bytes that wait; more are refused with `store_unavailable`. Default 512 MiB. */
  maxWaitingBytes?: number;
}

interface Waiting<Request, Result> {
  request: Request;
  bytes: number;
  resolve(value: Result): void;
  reject(error: Error): void;
}

interface Answered<Request, Result> {
  waiting: Waiting<Request, Result>;
  outcome: Outcome<Result> | undefined;
}

const MIB = 1024 * 1024;

/**
 * Lets concurrent writes share a transaction. One batch is on its way at a time; what arrives meanwhile forms the next,
 * which leaves as soon as the one before is acknowledged. When nothing is on its way, the requests of the current turn
 * of the event loop are gathered first.
 */
export class GroupCommit<Request, Result> {
  readonly #write: WriteBatch<Request, Result>;
  readonly #options: Required<GroupCommitOptions<Request>>;
  #waiting: Waiting<Request, Result>[] = [];
  #waitingBytes = 0;
  /** What callers are yet to hear. */
  readonly #acknowledgements = new Acknowledgements<Answered<Request, Result>>(settle, () => this.#rest());
  #isWriting = false;
  #isScheduled = false;
  #whenIdle: (() => void)[] = [];

  constructor(write: WriteBatch<Request, Result>, options: GroupCommitOptions<Request> = {}) {
    this.#write = write;
    this.#options = {
      maxBatch: options.maxBatch ?? 1_000,
      bytesOf: options.bytesOf ?? (() => 0),
      maxBatchBytes: options.maxBatchBytes ?? 16 * MIB,
      maxWaiting: options.maxWaiting ?? 100_000,
      maxWaitingBytes: options.maxWaitingBytes ?? 512 * MIB,
    };
  }

  /** Resolves with the request's own result once its batch is durable. */
  submit(request: Request): Promise<Result> {
    const bytes = this.#options.bytesOf(request);
    if (this.#isFull(bytes)) return Promise.reject(overloaded(this.#waiting.length));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#schedule();
    });
  }

  /** Resolves when nothing waits, nothing is on its way and every caller knows. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #isFull(bytes: number): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#options;
    if (this.#waiting.length >= maxWaiting) return true;
    return this.#waiting.length > 0 && this.#waitingBytes + bytes > maxWaitingBytes;
  }

  #schedule(): void {
    if (this.#isWriting || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writeNext();
    this.#isWriting = false;
    this.#rest();
  }

  #isIdle(): boolean {
    return !this.#isWriting && this.#waiting.length === 0 && this.#acknowledgements.isEmpty;
  }

  #rest(): void {
    if (this.#isIdle()) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #writeNext(): Promise<void> {
    const batch = this.#take();
    try {
      const outcomes = await this.#write(batch.map(({ request }) => request));
      this.#acknowledgements.add(batch.map((waiting, i) => ({ waiting, outcome: outcomes[i] })));
    } catch (error) {
      this.#failAll(batch, unavailable(error));
    }
  }

  /** What waits may build on what has just failed: it must not be written without it. */
  #failAll(batch: Waiting<Request, Result>[], failure: Error): void {
    const behind = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { reject } of [...batch, ...behind]) reject(failure);
  }

  #take(): Waiting<Request, Result>[] {
    const { maxBatch, maxBatchBytes } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (count === maxBatch || (count > 0 && bytes + waiting.bytes > maxBatchBytes)) break;
      count += 1;
      bytes += waiting.bytes;
    }
    this.#waitingBytes -= bytes;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}

function settle<Request, Result>({ waiting, outcome }: Answered<Request, Result>): void {
  if (outcome === undefined)
    waiting.reject(unavailable(new Error("The batch came back without this request.")));
  else if (outcome.ok) waiting.resolve(outcome.value);
  else waiting.reject(outcome.error);
}

function overloaded(waiting: number): StepfastError {
  return new StepfastError(
    "store_unavailable",
    `${waiting} writes are waiting for the store already: slow down and try again.`,
  );
}

function unavailable(cause: unknown): StepfastError {
  if (StepfastError.is(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StepfastError("store_unavailable", `The store could not write: ${reason}`, { cause });
}
