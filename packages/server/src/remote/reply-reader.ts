import { StepfastError } from "@stepfast/protocol";
import type { Dispatcher } from "undici";
import type { Reply } from "./reply.ts";

type RawHeaders = Record<string, string | string[] | undefined>;

/**
 * Reads the answer to one request as it comes off the connection, without a stream in between. `done` rejects with
 * `output_too_large`, with what the connection failed with, or once {@link giveUp} was called.
 */
export class ReplyReader implements Dispatcher.DispatchHandler {
  readonly done: Promise<Reply>;
  readonly #chunks: Buffer[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #status = 0;
  #headers: RawHeaders = {};
  #controller: Dispatcher.DispatchController | null = null;
  #reason: Error | null = null;
  #resolve: (reply: Reply) => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** `maxBytes`: a longer answer is read no further. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  giveUp(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a free connection for longer than anyone waits for it.
    if (this.#reason) controller.abort(this.#reason);
    this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(chunk);
    else if (!this.#reason) this.giveUp(tooLarge(this.#maxBytes));
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#resolve({
      status: this.#status,
      headers: plainHeaders(this.#headers),
      body: body.toString("utf8"),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}

/** The first value of each; their names come in lower case. */
function plainHeaders(raw: RawHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name in raw) {
    const value = raw[name];
    if (value !== undefined) plain[name] = typeof value === "string" ? value : (value[0] ?? "");
  }
  return plain;
}

function tooLarge(maxBytes: number): StepfastError {
  return new StepfastError("output_too_large", `The function's answer is over ${maxBytes} bytes`);
}
