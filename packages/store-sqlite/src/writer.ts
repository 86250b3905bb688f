import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import { resultCode } from "./driver.ts";
import type { FromWriter, Request, ToWriter, WriterOptions } from "./message.ts";
import { runBatch } from "./writer/batch.ts";
import { Checkpointer } from "./writer/checkpoint.ts";
import { openWriter } from "./writer/open.ts";
import type { WriterState } from "./writer/state.ts";

/*
 * The writer thread: the only one that writes. It answers a batch once that is durable, and looks after the log only
 * after it has answered.
 */

/**
 * After an I/O error nobody knows what is on the disk, and syncing again would not tell: then nothing more is written
 * until the database is opened anew. A full disk may have room later.
 */
const finalCodes = new Set([10, 11, 26]);

function failure(error: unknown): FromWriter {
  if (StepfastError.is(error)) return { failed: error.code, message: error.message, isFinal: false };
  const reason = error instanceof Error ? error.message : String(error);
  const isFinal = finalCodes.has(resultCode(error) ?? 0);
  const advice = isFinal ? "look at the disk, then open the store again" : "nothing of it was written";
  return { failed: "store_unavailable", message: `SQLite failed: ${reason}; ${advice}.`, isFinal };
}

class Writer {
  readonly #port: MessagePort;
  readonly #state: WriterState;
  readonly #checkpointer: Checkpointer;

  constructor(port: MessagePort, options: WriterOptions) {
    this.#port = port;
    this.#state = openWriter(options);
    this.#checkpointer = new Checkpointer(this.#state);
    this.#send({ ready: true, lastSeq: this.#state.lastSeq });
  }

  receive(message: ToWriter): void {
    if ("batch" in message) this.#write(message.batch);
    else this.#close();
  }

  #write(batch: Request[]): void {
    try {
      const replies = runBatch(this.#state, batch);
      this.#send({ replies, lastSeq: this.#state.lastSeq });
    } catch (error) {
      this.#send(failure(error));
      return;
    }
    this.#lookAfterLog(batch.length);
  }

  #lookAfterLog(batchSize: number): void {
    try {
      this.#checkpointer.afterBatch(batchSize);
    } catch (error) {
      // Everything is still in the log. A full disk only makes it grow; anything else is for the main thread to know.
      const message = failure(error);
      if ("failed" in message && message.isFinal) this.#send(message);
    }
  }

  /** The thread ends once its port is closed. */
  #close(): void {
    try {
      this.#checkpointer.empty();
      this.#state.db.close();
    } catch {
      // Nothing is lost: what was acknowledged is in the log, and the next one to open the database reads that.
    } finally {
      this.#port.close();
    }
  }

  #send(message: FromWriter): void {
    this.#port.postMessage(message);
  }
}

if (parentPort !== null) {
  const port = parentPort;
  try {
    const writer = new Writer(port, workerData as WriterOptions);
    port.on("message", (message: ToWriter) => writer.receive(message));
  } catch (error) {
    port.postMessage(failure(error));
  }
}
