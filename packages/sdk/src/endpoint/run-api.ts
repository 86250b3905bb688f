import { type EventPayload, headers as names, type Op, StepfastError } from "@stepfast/protocol";
import { REQUEST_VERSION } from "../execution/answer.ts";
import { askApi } from "../serve/api.ts";
import { FinalFailure, withRetries } from "../serve/backoff.ts";
import { wireOp } from "../serve/call-response.ts";
import type { ServeClient } from "../serve/contract.ts";
import type { ResponseHeaders } from "../serve/exchange.ts";
import { sdkHeaderValue } from "../version.ts";

export interface NewRun {
  runId: string;
  event: EventPayload;
  retries: number;
}

/** What the server says of a run that was begun. */
export interface BegunRun {
  fn_id: string;
  app_id: string;
  run_id: string;
  /** For its output. */
  token: string;
  /** For what it streams. */
  realtime_token: string;
}

export function apiHeaders(client: ServeClient): ResponseHeaders {
  const headers: ResponseHeaders = { "content-type": "application/json", [names.sdk]: sdkHeaderValue };
  if (client.env) headers[names.env] = client.env;
  return headers;
}

/** Tells the server of a run that an endpoint is at (PROTOCOL §7): it is begun with the first thing that is told of it. */
export class RunReports {
  readonly #client: ServeClient;
  readonly #run: NewRun;
  readonly #onBegun: (run: BegunRun) => void;
  #begun: BegunRun | undefined;

  constructor(client: ServeClient, run: NewRun, onBegun: (run: BegunRun) => void) {
    this.#client = client;
    this.#run = run;
    this.#onBegun = onBegun;
  }

  /** Resolves when it is durable. Rejects with `stale_dispatch` where the run is somebody else's by now. */
  async tell(ops: Op[]): Promise<BegunRun> {
    const begun = this.#begun ?? (await this.#begin(ops));
    if (begun === this.#begun) {
      const { runId } = this.#run;
      const path = `v1/checkpoint/${runId}/steps`;
      await this.#post(path, { fn_id: begun.fn_id, app_id: begun.app_id, run_id: runId, ...body(ops) });
    } else {
      this.#begun = begun;
      this.#onBegun(begun);
    }
    return begun;
  }

  async #begin(ops: Op[]): Promise<BegunRun> {
    const { runId, event, retries } = this.#run;
    const run = { run_id: runId, event: { name: event.name, data: event.data }, retries };
    const text = await this.#post("v1/checkpoint", {
      ...run,
      request_version: REQUEST_VERSION,
      ...body(ops),
    });
    return (JSON.parse(text) as { data: BegunRun }).data;
  }

  #post(path: string, sent: Record<string, unknown>): Promise<string> {
    return withRetries(async () => {
      const headers = apiHeaders(this.#client);
      const { status, text } = await askApi(this.#client, { method: "POST", path, headers, body: sent });
      if (status >= 200 && status < 300) return text;
      const failure = failureOf(status, text);
      const isFinal = status < 500 && status !== 408 && status !== 429;
      throw isFinal ? new FinalFailure("refused", { cause: failure }) : failure;
    });
  }
}

function body(ops: Op[]): { steps: Op[]; ts: number } {
  return { steps: ops.map(wireOp), ts: Date.now() };
}

function failureOf(status: number, text: string): StepfastError {
  if (status === 409) {
    const message = "another request has taken this run over: this one stops and changes nothing";
    return new StepfastError("stale_dispatch", message);
  }
  return new StepfastError(
    "invalid_request",
    `the API refused the run: ${status} ${text.slice(0, 200)}`.trim(),
  );
}
