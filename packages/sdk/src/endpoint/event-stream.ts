import type { StoredResponse } from "./stored-response.ts";

/** Events that its reader may be behind with before the writer waits for it. */
const MAX_BEHIND = 1_024;

/** What an endpoint streams to its caller, as server-sent events (PROTOCOL §7.1). */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #encoder = new TextEncoder();
  readonly #onFirst: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #pulled: () => void = () => {};
  #hasBegun = false;

  /** `onFirst` is called when the handler streams something for the first time. */
  constructor(runId: string, onFirst: () => void = () => {}) {
    this.#onFirst = onFirst;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pulled(),
        cancel: () => {
          this.#controller = undefined;
          this.#pulled();
        },
      },
      new CountQueuingStrategy({ highWaterMark: MAX_BEHIND }),
    );
    this.#write("inngest.metadata", { runId });
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** One piece of the handler's own. Resolves when the reader is not too far behind. */
  async push(data: unknown, hashedStepId?: string): Promise<void> {
    this.#begin();
    this.#write("inngest.stream", hashedStepId === undefined ? { data } : { data, hashedStepId });
    if ((this.#controller?.desiredSize ?? 1) > 0) return;
    await new Promise<void>((resolve) => {
      this.#pulled = resolve;
    });
  }

  /** What came of a step: its pieces count, or are taken back. */
  stepDone(hashedStepId: string, isOk: boolean): void {
    this.#write(isOk ? "inngest.commit" : "inngest.rollback", { hashedStepId });
  }

  /** Where the rest will come from, should the run go on without its caller. */
  redirect(runId: string, url: string): void {
    this.#write("inngest.redirect_info", { runId, url });
  }

  respond({ status: statusCode, headers, body }: StoredResponse): void {
    this.#write("inngest.response", { status: "succeeded", response: { body, statusCode, headers } });
    this.end();
  }

  fail(message: string): void {
    const headers = { "content-type": "application/json" };
    const response = { body: JSON.stringify(message), statusCode: 500, headers };
    this.#write("inngest.response", { status: "failed", response });
    this.end();
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#onFirst();
  }

  #write(event: string, data: unknown): void {
    this.#controller?.enqueue(this.#encoder.encode(`event: ${event}\ndata: ${textOf(data)}\n\n`));
  }
}

/** JSON; what it cannot express is told as nothing. */
function textOf(data: unknown): string {
  try {
    return JSON.stringify(data) ?? "null";
  } catch {
    return "null";
  }
}
