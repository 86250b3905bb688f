import type { Attributes } from "@opentelemetry/api";
import { postToApi } from "../client/api.ts";
import type { Inngest } from "../client/client.ts";
import type { Untyped } from "../types/untyped.ts";
import { type EndedSpan, exportRequest } from "./otlp.ts";

/** More wait only where the server does not answer: the later ones are let go. */
const MAX_WAITING = 2_048;
const BATCH = 512;
const DELAY_MS = 1_000;
/** An answer to the engine waits for no longer than that. */
const PATIENCE_MS = 5_000;

export interface KnownSpan {
  span: EndedSpan;
  attributes: Attributes;
}

/** Sends spans of one client's runs in batches, in the order in which they ended. Never throws. */
export class SpanExport {
  readonly #client: Inngest<Untyped>;
  #waiting: KnownSpan[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();
  #hasWarned = false;

  constructor(client: Inngest<Untyped>) {
    this.#client = client;
  }

  add(span: KnownSpan): void {
    if (this.#waiting.length >= MAX_WAITING) return this.#warn(`more than ${MAX_WAITING} wait`);
    this.#waiting.push(span);
    this.#timer ??= later(() => void this.flush());
  }

  /** Resolves once all that was added has been sent, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#sending = this.#sending.then(() => this.#sendAll());
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      this.#waiting = this.#waiting.slice(BATCH);
      try {
        await inTime(send(this.#client, exportRequest(batch)));
      } catch (error) {
        this.#warn(error instanceof Error ? error.message : String(error));
      }
    }
  }

  #warn(reason: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#client.internalLogger.warn(`Spans of runs are not sent to the server: ${reason}`);
  }
}

/** No reason for a process to go on. */
function later(action: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(action, DELAY_MS);
  if (typeof timer === "object") timer.unref();
  return timer;
}

async function inTime(sending: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the server did not answer in ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function send(client: Inngest<Untyped>, request: object): Promise<void> {
  const { inlineTransport } = client;
  if (inlineTransport) return await inlineTransport.spans?.(request);
  const url = new URL("v1/traces/userland", client.apiBaseUrl);
  const response = await postToApi(url, request, client.apiSettings);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url.pathname} answers with status ${response.status}`);
}
