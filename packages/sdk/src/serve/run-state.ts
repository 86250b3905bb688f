import { type CallRequest, StepfastError } from "@stepfast/protocol";
import { callApi } from "./api.ts";
import { FinalFailure, type Sleep, withRetries } from "./backoff.ts";
import { isRecord } from "./body.ts";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders } from "./exchange.ts";

export interface RunStateSource {
  client: ServeClient;
  headers: ResponseHeaders;
  sleep: Sleep;
}

/** A call whose events and steps were too big for its body, with both fetched from the API (PROTOCOL §3.2). */
export async function withRunState(source: RunStateSource, call: CallRequest): Promise<CallRequest> {
  const run = `v0/runs/${encodeURIComponent(call.ctx.run_id)}`;
  const [events, steps] = await Promise.all([
    fetchJson(source, `${run}/batch`),
    fetchJson(source, `${run}/actions`),
  ]);
  if (!Array.isArray(events) || !events.every(isRecord)) throw unusable(`${run}/batch`, "a list of events");
  if (!isRecord(steps)) throw unusable(`${run}/actions`, "an object of steps");
  return {
    ...call,
    events: events as unknown as CallRequest["events"],
    steps: steps as CallRequest["steps"],
  };
}

function fetchJson({ client, headers, sleep }: RunStateSource, path: string): Promise<unknown> {
  return withRetries(async () => {
    const response = await callApi(client, { method: "GET", path, headers });
    if (response.ok) return response.json();
    const failure = new StepfastError(
      "invalid_request",
      `the API answered ${response.status} to GET ${path}`,
    );
    if (response.status < 500 && response.status !== 429)
      throw new FinalFailure("refused", { cause: failure });
    throw failure;
  }, sleep);
}

function unusable(path: string, expected: string): StepfastError {
  return new StepfastError("invalid_request", `the API's answer to GET ${path} is not ${expected}`);
}
