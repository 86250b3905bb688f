import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { unopened, unwritten } from "./failure.ts";
import type { FromWriter, Request, ToWriter, WriterOptions } from "./message.ts";
import { runBatch } from "./writer/batch.ts";
import { Checkpointer } from "./writer/checkpoint.ts";
import { openWriter } from "./writer/open.ts";
import { requirePresent } from "./writer/presence.ts";
import type { WriterState } from "./writer/state.ts";

/*
 * The writer thread: the only one that writes. It answers a batch once that is durable, and looks after the log only
 * after it has answered.
 */

class Writer {
  readonly #port: MessagePort;
  readonly #state: WriterState;
  readonly #checkpointer: Checkpointer;
  readonly #path: string;
  /** Why nothing is written any more. */
  #final: FromWriter | undefined;

  constructor(port: MessagePort, options: WriterOptions) {
    this.#port = port;
    this.#state = openWriter(options);
    this.#checkpointer = new Checkpointer(this.#state);
    this.#path = options.path;
    this.#send({ ready: true, lastSeq: this.#state.lastSeq });
  }

  receive(message: ToWriter): void {
    if ("batch" in message) this.#write(message.batch);
    else this.#close();
  }

  #write(batch: Request[]): void {
    if (this.#final) return this.#send(this.#final);
    try {
      const replies = runBatch(this.#state, batch);
      this.#send({ replies, lastSeq: this.#state.lastSeq });
    } catch (error) {
      this.#send(unwritten(error));
      return;
    }
    if (this.#isThere()) this.#lookAfterLog(batch.length);
  }

  /** If not, the main thread is told: nothing is written any more. What is in a log that was deleted is in the database then. */
  #isThere(): boolean {
    try {
      requirePresent(this.#path);
      return true;
    } catch (error) {
      this.#copyLog();
      const message: FromWriter = { ...unwritten(error), isFinal: true };
      this.#final = message;
      this.#send(message);
      return false;
    }
  }

  #copyLog(): void {
    try {
      this.#checkpointer.empty();
    } catch {
      // Closing tries once more.
    }
  }

  #lookAfterLog(batchSize: number): void {
    try {
      this.#checkpointer.afterBatch(batchSize);
    } catch (error) {
      // Everything is still in the log. A full disk only makes it grow; anything else is for the main thread to know.
      const message = unwritten(error);
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
  const options = workerData as WriterOptions;
  try {
    const writer = new Writer(port, options);
    port.on("message", (message: ToWriter) => writer.receive(message));
  } catch (error) {
    port.postMessage(unopened(options.path, error));
  }
}
