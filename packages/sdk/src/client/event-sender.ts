import { headers, type IncomingEvent } from "@stepfast/protocol";
import { outgoingHeaders } from "./api.ts";

const ATTEMPTS = 5;
const BASE_DELAY_MS = 100;
const SEED_BYTES = 10;

export interface EventEndpoint {
  fetch: typeof fetch;
  /** Base of the event API, with a slash at its end. */
  baseUrl: string;
  eventKey: string;
  env: string | undefined;
  platform: string | undefined;
}

const explanations: Record<number, string> = {
  400: "the events are not valid",
  401: "the event key is not valid",
  403: "the event key must not send events here",
  404: "the event API was not found at this address",
  200: "what answered is no event API",
  413: "the events are too large",
};

/** POSTs events, up to five times with the same seed, so that no attempt doubles an event (PROTOCOL §6). */
export async function postEvents(
  events: IncomingEvent[],
  seed: string,
  endpoint: EventEndpoint,
): Promise<{ ids: string[] }> {
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await delay(BASE_DELAY_MS * 2 ** (attempt - 2) + Math.random() * BASE_DELAY_MS);
    try {
      return await postOnce(events, seed, endpoint);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function postOnce(
  events: IncomingEvent[],
  seed: string,
  endpoint: EventEndpoint,
): Promise<{ ids: string[] }> {
  const response = await endpoint.fetch(new URL(`e/${endpoint.eventKey}`, endpoint.baseUrl), {
    method: "POST",
    headers: { ...outgoingHeaders(endpoint.env, endpoint.platform), [headers.eventIdSeed]: seed },
    body: JSON.stringify(events),
  });
  const reply = (await response.json().catch(() => ({}))) as { ids?: unknown; error?: unknown } | null;
  if (!response.ok) throw new Error(`Could not send events: ${reasonOf(response.status, reply?.error)}`);
  // Whatever answered like this took no events: a page of another server, a proxy.
  if (!Array.isArray(reply?.ids) || reply.error)
    throw new Error(`Could not send events: ${reasonOf(response.status, reply?.error)}`);
  return { ids: reply.ids.map(String) };
}

function reasonOf(status: number, error: unknown): string {
  if (typeof error === "string" && error !== "") return `${error} (status ${status})`;
  return `${explanations[status] ?? "the server could not take them"} (status ${status})`;
}

/** A seed of this moment: `<unix ms>,<base64 of ten random bytes>`. */
export function randomSeed(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  return `${Date.now()},${btoa(String.fromCharCode(...bytes))}`;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
