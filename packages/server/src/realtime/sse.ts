import { limits, type RealtimeMessage } from "@stepfast/protocol";
import type { RunRow } from "@stepfast/store";
import { runResponse } from "../endpoints/run-response.ts";
import type { OpenSubscription, Realtime } from "./realtime.ts";
import type { Grant } from "./tokens.ts";

const KEEP_ALIVE_MS = 30_000;
/** How long a stream may still bring its own last words after its run has ended. */
export const LAST_WORDS_MS = 2_000;
const LAST_EVENT = "event: inngest.response\n";

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // The token in the URL is all that a page needs, whoever served it.
  "access-control-allow-origin": "*",
};

/** Server-sent events of a subscription (PROTOCOL §10). Throws `too_many_subscriptions`, `engine_closed`. */
export function eventStream(realtime: Realtime, grant: Grant): Response {
  const feed = new Feed(realtime, grant);
  return new Response(feed.body, { headers });
}

/** One stream of events, from its subscription to its end. */
class Feed {
  readonly body: ReadableStream<Uint8Array>;
  readonly #realtime: Realtime;
  readonly #encoder = new TextEncoder();
  readonly #subscription: OpenSubscription;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #stopTimers: (() => void)[] = [];
  #tail = "";
  #hasLastWords = false;

  constructor(realtime: Realtime, grant: Grant) {
    this.#realtime = realtime;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: limits.realtimeBacklogBytes }),
    );
    this.#write(": connected\n\n");
    const { runId } = grant;
    this.#subscription = realtime.subscribe(
      {
        message: (message, text) => this.#take(message, text),
        ...(runId === undefined ? {} : { raw: (text: string) => this.#raw(text) }),
        close: () => this.#finish(),
      },
      grant,
    );
    this.#after(limits.realtimeSseMs, () => this.#finish());
    this.#keepAlive();
    if (runId !== undefined) this.#stopTimers.push(realtime.ends.watch(runId, (run) => this.#runEnded(run)));
  }

  #take(message: RealtimeMessage, text: string): void {
    this.#write(`data: ${text}\n\n`);
    if (message.kind === "closing") this.#finish();
  }

  #raw(text: string): void {
    this.#write(text);
    this.#tail = (this.#tail + text).slice(-(LAST_EVENT.length + text.length));
    if (this.#tail.includes(LAST_EVENT)) this.#hasLastWords = true;
    this.#tail = this.#tail.slice(-LAST_EVENT.length);
  }

  /** The app tells its caller the response itself. Where it cannot, because it died or the caller came late, the server does. */
  #runEnded(run: RunRow): void {
    if (this.#hasLastWords) return this.#finish();
    this.#after(LAST_WORDS_MS, () => {
      if (!this.#hasLastWords) this.#write(responseEvent(run));
      this.#finish();
    });
  }

  #keepAlive(): void {
    this.#after(KEEP_ALIVE_MS, () => {
      this.#write(": keep-alive\n\n");
      this.#keepAlive();
    });
  }

  #after(delayMs: number, act: () => void): void {
    const forget = this.#realtime.clock.after(delayMs, () => {
      this.#stopTimers = this.#stopTimers.filter((stop) => stop !== forget);
      if (this.#controller) act();
    });
    this.#stopTimers.push(forget);
  }

  /** Who is too far behind is cut off: its memory is ours. */
  #write(text: string): void {
    const controller = this.#controller;
    if (!controller) return;
    controller.enqueue(this.#encoder.encode(text));
    if ((controller.desiredSize ?? 0) > 0) return;
    this.#end();
    controller.error(new Error("The subscriber is too slow"));
  }

  #finish(): void {
    const controller = this.#controller;
    this.#end();
    controller?.close();
  }

  #end(): void {
    this.#controller = undefined;
    for (const stop of this.#stopTimers.splice(0)) stop();
    this.#subscription?.drop();
  }
}

/** `inngest.response` (PROTOCOL §7.1). */
function responseEvent(run: RunRow): string {
  const { succeeded, ...response } = runResponse(run);
  const data = JSON.stringify({ status: succeeded ? "succeeded" : "failed", response });
  return `${LAST_EVENT}data: ${data}\n\n`;
}
