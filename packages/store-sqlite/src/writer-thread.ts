import { Worker } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import { isPacked } from "./large-text.ts";
import type { FromWriter, Reply, Request, ToWriter, WriterOptions } from "./message.ts";

interface Call {
  resolve(message: FromWriter): void;
  reject(error: Error): void;
}

/** Writes one batch at a time. */
export interface BatchWriter {
  /** Of the newest wait that is known to be durable. */
  readonly lastSeq: number;
  /** Resolves once the batch is durable. */
  write(batch: Request[]): Promise<Reply[]>;
  close(): Promise<void>;
}

/** The writer thread as seen from the main thread: one question at a time. */
export class WriterThread implements BatchWriter {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #call: Call | undefined;
  /** Why nothing can be written any more. */
  #broken: StepfastError | undefined;
  lastSeq = 0;

  constructor(options: WriterOptions) {
    this.#worker = new Worker(new URL("./writer.js", import.meta.url), { workerData: options });
    this.#worker.on("message", (message: FromWriter) => this.#answer(message));
    this.#worker.on("error", (error) => this.#break(`its thread failed: ${error.message}`));
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#break("its thread ended");
        resolve();
      });
    });
    // Only work that is on its way keeps the process alive.
    this.#worker.unref();
  }

  /** Resolves once the database is open. */
  async ready(): Promise<void> {
    const message = await this.#next();
    if ("ready" in message) this.lastSeq = message.lastSeq;
  }

  async write(batch: Request[]): Promise<Reply[]> {
    if (this.#broken !== undefined) throw this.#broken;
    const answer = this.#next();
    this.#post({ batch }, bytesIn(batch));
    const message = await answer;
    if (!("replies" in message)) throw new StepfastError("internal", "The writer answered something else.");
    this.lastSeq = message.lastSeq;
    return message.replies;
  }

  /** Resolves when the thread has closed the database and ended. It is never cut off in the middle of SQLite's work. */
  async close(): Promise<void> {
    this.#worker.ref();
    this.#post({ close: true });
    await this.#ended;
  }

  #post(message: ToWriter, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  #next(): Promise<FromWriter> {
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#call = { resolve, reject };
    });
  }

  #answer(message: FromWriter): void {
    if ("failed" in message) {
      const error = new StepfastError(message.failed, message.message);
      if (message.isFinal) this.#broken = error;
      this.#take()?.reject(error);
    } else {
      this.#take()?.resolve(message);
    }
  }

  #break(reason: string): void {
    this.#broken ??= new StepfastError(
      "store_unavailable",
      `The store cannot write, ${reason}: open it again.`,
    );
    this.#take()?.reject(this.#broken);
  }

  #take(): Call | undefined {
    const call = this.#call;
    this.#call = undefined;
    if (call !== undefined) this.#worker.unref();
    return call;
  }
}

/** What need not be copied for the other thread. */
function bytesIn(batch: Request[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const request of batch) {
    for (const value of request)
      if (isPacked(value)) for (const { buffer } of value.parts) buffers.push(buffer);
  }
  return buffers;
}
