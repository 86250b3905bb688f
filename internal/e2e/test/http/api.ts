import { endpoints, openApi, type Trace } from "@stepfast/server";
import { Contract } from "@stepfast-internal/api-contract";
import { until } from "./patience.ts";

export interface RunView {
  id: string;
  function: { id: string };
  status: string;
  startedAt?: string;
  origin: string;
  // Whatever the function returned.
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they please
  output?: any;
  parent: { runId: string; origin: string } | null;
  waiting?: { kind: string; name?: string; step?: string; until?: string }[];
}

export interface SentEvent {
  name: string;
  data?: Record<string, unknown>;
  id?: string;
  ts?: number;
}

const ended = new Set(["COMPLETED", "FAILED", "CANCELLED", "SKIPPED"]);

/** Of every answer that tests get: they have no member that /openapi.json does not tell of. */
export const contract = new Contract(openApi(endpoints, { isStrict: true }));

/** The server's HTTP API, as anybody may use it. */
export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const url = `${this.url}${path}`;
    const response = await fetch(url, { method, headers: { ...json, ...headers }, ...init });
    await contract.check(method, url, response);
    return response;
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.request("GET", path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  }

  /** Sends one event; its id. */
  async send(event: SentEvent, headers: Record<string, string> = {}): Promise<string> {
    const response = await this.request("POST", "/e/key", event, headers);
    const { ids, error } = (await response.json()) as { ids: string[]; error?: string };
    if (!response.ok || ids[0] === undefined) throw new Error(`sending: ${response.status} ${error}`);
    return ids[0];
  }

  runsOf(eventId: string): Promise<RunView[]> {
    return this.get(`/v2/events/${eventId}/runs?includeOutput=true`);
  }

  runsOfFunction(functionId: string): Promise<RunView[]> {
    return this.get(`/v2/runs?functionId=${functionId}&includeOutput=true&order=asc`);
  }

  run(runId: string): Promise<RunView> {
    return this.get(`/v2/runs/${runId}`);
  }

  trace(runId: string): Promise<Trace> {
    return this.get(`/v2/runs/${runId}/trace?includeOutput=true`);
  }

  cancel(runId: string): Promise<Response> {
    return this.request("DELETE", `/v1/runs/${runId}`);
  }

  /** The run when it has ended. */
  ended(runId: string): Promise<RunView> {
    return until(
      `the end of run ${runId}`,
      () => this.run(runId),
      (run) => ended.has(run.status),
    );
  }

  /** The only run of the event, when it has ended. */
  async outcome(eventId: string): Promise<RunView> {
    const runs = await this.runsOf(eventId);
    const [run] = runs;
    if (!run || runs.length > 1) throw new Error(`event ${eventId} has ${runs.length} runs`);
    return this.ended(run.id);
  }

  /** The runs of a function, when there are as many as wanted and all have ended. */
  outcomes(functionId: string, count: number): Promise<RunView[]> {
    return until(
      `${count} ended runs of ${functionId}`,
      () => this.runsOfFunction(functionId),
      (runs) => runs.length >= count && runs.every((run) => ended.has(run.status)),
    );
  }

  /** The run when it waits for something of this kind. */
  waiting(runId: string, kind: string): Promise<RunView> {
    return until(
      `run ${runId} to wait for ${kind}`,
      () => this.run(runId),
      (run) => run.waiting?.some((wait) => wait.kind === kind) ?? false,
    );
  }
}
