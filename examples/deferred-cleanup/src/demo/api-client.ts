import type { EventView, RunView, TraceView } from "@stepfast-examples/stage";

/** What the demo asks the HTTP API, as any other program could. */
export class ApiClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Newest first. */
  runs(query: string): Promise<RunView[]> {
    return this.#get(`/v2/runs?limit=100&${query}`);
  }

  run(runId: string): Promise<RunView> {
    return this.#get(`/v2/runs/${runId}`);
  }

  trace(runId: string): Promise<TraceView> {
    return this.#get(`/v2/runs/${runId}/trace?includeOutput=true`);
  }

  traceUrl(runId: string): string {
    return `${this.url}/v2/runs/${runId}/trace`;
  }

  event(eventId: string): Promise<EventView> {
    return this.#get(`/v1/events/${eventId}`);
  }

  /** Newest first. */
  events(name: string): Promise<EventView[]> {
    return this.#get(`/v1/events?name=${encodeURIComponent(name)}&limit=100`);
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  }
}
