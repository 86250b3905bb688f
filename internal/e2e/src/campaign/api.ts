import type { JsonObject } from "@stepfast/protocol";
import type { Trace } from "@stepfast/server";

export interface ApiEvent {
  internal_id: string;
  name: string;
  data: JsonObject;
}

export interface ApiRun {
  id: string;
  function: { id: string };
  status: string;
  origin: string;
  trigger: { eventIds: string[]; eventName: string | null };
  parent: { runId: string } | null;
  output?: unknown;
}

/** A bulk operation. */
export interface ApiJob {
  id: string;
  status: string;
}

/** A function, by its app and its full id. */
export interface ApiFunction {
  app: string;
  fn: string;
}

/** A worker that is connected to a node. */
export interface ApiConnection {
  id: string;
  instance_id: string;
}

interface Page<T> {
  data: T[];
  page: { cursor: string | null };
}

/** With a machine that has much else to do. */
const PATIENCE_MS = 60_000;
const EVENTS_PER_PAGE = 100;

export interface ApiOptions {
  /** Of a production server. */
  signingKey?: string;
  eventKey?: string;
  /** How long to wait for an answer. */
  patienceMs?: number;
}

/** The HTTP API, as anybody may use it. */
export class Api {
  readonly #url: string;
  readonly #eventKey: string;
  readonly #patienceMs: number;
  readonly #headers: Record<string, string>;

  constructor(url: string, { signingKey, eventKey = "key", patienceMs = PATIENCE_MS }: ApiOptions = {}) {
    this.#url = url;
    this.#eventKey = eventKey;
    this.#patienceMs = patienceMs;
    this.#headers = signingKey === undefined ? {} : { authorization: `Bearer ${signingKey}` };
  }

  /** Resolves with the events' ids once they are acknowledged; rejects if that is not known. */
  async send(events: { name: string; data: JsonObject; id?: string }[]): Promise<string[]> {
    const { ids } = await this.#ask<{ ids: string[] }>("POST", `/e/${this.#eventKey}`, events);
    return ids;
  }

  /** Rejects unless the cancellation is acknowledged. */
  async cancel(runId: string): Promise<void> {
    await this.#ask("DELETE", `/v1/runs/${runId}`);
  }

  /** Rejects unless it is acknowledged that a step has got the signal. */
  async signal(signal: string): Promise<void> {
    await this.#ask("POST", "/v1/signals", { signal, data: { signal } });
  }

  /** Cancels the live runs of a function, in the background; resolves with the operation's id. */
  async cancelAll(functionId: string): Promise<string> {
    const { data } = await this.#ask<{ data: ApiJob }>("POST", "/v2/cancellations", {
      functionId: [functionId],
    });
    return data.id;
  }

  async bulkCancellation(id: string): Promise<ApiJob> {
    const { data } = await this.#ask<{ data: ApiJob }>("GET", `/v2/cancellations/${id}`);
    return data;
  }

  /** `runs`: what becomes of those that have begun. */
  async pause({ app, fn }: ApiFunction, runs: "finish" | "hold"): Promise<void> {
    await this.#ask("POST", `/v2/apps/${app}/functions/${fn}/pause`, { runs });
  }

  async resume({ app, fn }: ApiFunction): Promise<void> {
    await this.#ask("POST", `/v2/apps/${app}/functions/${fn}/resume`);
  }

  /** The workers that this node has. */
  async connections(): Promise<ApiConnection[]> {
    const { data } = await this.#ask<{ data: ApiConnection[] }>("GET", "/v0/connect/envs/default/conns");
    return data;
  }

  async runsOf(eventId: string): Promise<{ run_id: string; function_id: string }[]> {
    const { data } = await this.#ask<{ data: { run_id: string; function_id: string }[] }>(
      "GET",
      `/v1/events/${eventId}/runs`,
    );
    return data;
  }

  async trace(runId: string): Promise<Trace> {
    const path = `/v2/runs/${runId}/trace?includeOutput=true`;
    const { data } = await this.#ask<{ data: Trace }>("GET", path);
    return data;
  }

  /** Every run; `filter` is a query. */
  async runs(filter = ""): Promise<ApiRun[]> {
    const found: ApiRun[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path = `/v2/runs?limit=200&order=asc&includeOutput=true&cursor=${cursor}&${filter}`;
      const answer: Page<ApiRun> = await this.#ask("GET", path);
      found.push(...answer.data);
      cursor = answer.page.cursor;
    }
    return found;
  }

  /** Every event, also the engine's own. */
  async events(): Promise<ApiEvent[]> {
    const found: ApiEvent[] = [];
    for (;;) {
      const cursor = found.at(-1)?.internal_id ?? "";
      const path = `/v1/events?limit=${EVENTS_PER_PAGE}&cursor=${cursor}`;
      const { data } = await this.#ask<{ data: ApiEvent[] }>("GET", path);
      found.push(...data);
      if (data.length < EVENTS_PER_PAGE) return found;
    }
  }

  async event(id: string): Promise<ApiEvent> {
    const { data } = await this.#ask<{ data: ApiEvent }>("GET", `/v1/events/${id}`);
    return data;
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      signal: AbortSignal.timeout(this.#patienceMs),
      headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
