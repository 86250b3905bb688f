import { callApi } from "./api.ts";
import type { Sleep } from "./backoff.ts";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders } from "./exchange.ts";

export interface CancelWatchOptions {
  client: ServeClient;
  headers: ResponseHeaders;
  runId: string;
  sleep: Sleep;
  /** Its signal is aborted when the caller hangs up. It may cost something to look at. */
  request: { readonly signal?: AbortSignal };
}

/** Between questions that nobody answered. */
const RETRY_MS = 2_000;
const MAX_FAILURES = 30;

/**
 * Tells a step that executes here that its run is being cancelled. A server cannot call into a request that is under way, so
 * this asks, from the moment at which the step looks at its signal until the call is over: one request, which the server answers
 * when there is something to tell.
 */
export class CancelWatch {
  readonly #options: CancelWatchOptions;
  /** Made when somebody looks: most steps never do. */
  #asking: AbortController | undefined;
  #cancelled: AbortController | undefined;
  #isOver = false;

  constructor(options: CancelWatchOptions) {
    this.#options = options;
  }

  /** Aborted when the run is cancelled, and when the caller is gone. */
  get signal(): AbortSignal {
    if (this.#cancelled) return this.#cancelled.signal;
    const cancelled = new AbortController();
    this.#cancelled = cancelled;
    const { signal: caller } = this.#options.request;
    if (caller?.aborted) cancelled.abort(caller.reason);
    else {
      caller?.addEventListener("abort", () => cancelled.abort(caller.reason), { once: true });
      this.#asking = new AbortController();
      if (!this.#isOver) void this.#ask(cancelled);
    }
    return cancelled.signal;
  }

  /** The call is over: nobody is to be told any more. */
  stop(): void {
    this.#isOver = true;
    this.#asking?.abort();
  }

  async #ask(cancelled: AbortController): Promise<void> {
    const { sleep } = this.#options;
    for (let failures = 0; failures < MAX_FAILURES && !this.#isOver; ) {
      const answer = await this.#question().catch(() => undefined);
      if (this.#isOver || answer === "over") return;
      if (answer === "cancelled") return cancelled.abort(new Error("The run was cancelled"));
      failures = answer === "goes on" ? 0 : failures + 1;
      if (answer === undefined) await sleep(RETRY_MS);
    }
  }

  /** Undefined: no answer, so it is asked again. A server that does not know the question is not asked again. */
  async #question(): Promise<"cancelled" | "goes on" | "over" | undefined> {
    const { client, headers, runId } = this.#options;
    const path = `v1/checkpoint/${encodeURIComponent(runId)}/cancellation`;
    const signal = this.#asking?.signal;
    const response = await callApi(client, { method: "GET", path, headers, ...(signal ? { signal } : {}) });
    // Read to the end, so that the connection can be used again.
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return undefined;
    if (!response.ok) return "over";
    const { data } = JSON.parse(text) as { data?: { cancelled?: unknown; ended?: unknown } };
    if (typeof data?.cancelled !== "boolean") return "over";
    if (data.cancelled) return "cancelled";
    return data.ended === true ? "over" : "goes on";
  }
}
