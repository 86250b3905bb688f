import { type EventPayload, type FunctionConfig, limits, systemEvents } from "@stepfast/protocol";
import { type FunctionSpec, functionSpec } from "./function-spec.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * What is known of a durable endpoint, all of it from the event its run began with: it is registered nowhere, and every
 * node can go on with its runs. Null for any other event.
 */
export function endpointSpec(event: EventPayload): FunctionSpec | null {
  if (event.name !== systemEvents.httpRequest) return null;
  const { domain, path, query_params: query, method, body, content_type: contentType } = event.data;
  const url = endpointUrl(text(domain), text(path), text(query));
  if (url === null) return null;
  const facts = { url, method: text(method), body: text(body), contentType: text(contentType) };
  const name = text(event.data.fn) || `${facts.method} ${text(path)}`;
  const config: FunctionConfig = {
    id: `${text(domain)}-${name}`,
    name,
    triggers: [],
    steps: {
      step: {
        id: "step",
        name: "step",
        runtime: { type: "http", url },
        retries: { attempts: retriesOf(event) },
      },
    },
  };
  return { ...functionSpec(text(domain), config), endpoint: facts };
}

function endpointUrl(domain: string, path: string, query: string): string | null {
  try {
    const url = new URL(domain);
    if (url.protocol !== "http:" && url.protocol !== "https:") return null;
    url.pathname = path;
    url.search = query;
    return url.href;
  } catch {
    return null;
  }
}

/** The event with what its run must remember and its sender did not say. */
export function withRetries(event: EventPayload, retries: number): EventPayload {
  return { ...event, data: { ...event.data, _inngest: { retries } } };
}

function retriesOf({ data }: EventPayload): number {
  const internal = data._inngest as { retries?: unknown } | undefined;
  const retries = internal?.retries;
  return typeof retries === "number"
    ? Math.min(Math.max(0, retries), limits.maxRetries)
    : limits.defaultRetries;
}
