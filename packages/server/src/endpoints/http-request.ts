import { type JsonObject, limits, StepfastError, systemEvents } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";

export interface HttpRequestEvent {
  name: string;
  data: JsonObject;
}

const METHOD = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/i;
const TEXTS = ["domain", "path", "method", "ip", "content_type", "query_params", "body", "fn"] as const;

function invalid(message: string): StepfastError {
  return new StepfastError("invalid_event", `event.data.${message}`);
}

function isOrigin(domain: string): boolean {
  if (!URL.canParse(domain)) return false;
  const url = new URL(domain);
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  return isHttp && url.username === "" && url.password === "" && url.origin === domain;
}

/** The event of a durable endpoint's run, checked (PROTOCOL §7.1). Throws `invalid_event`, `event_too_large`. */
export function httpRequestEvent(value: unknown): HttpRequestEvent {
  const given = isRecord(value) && isRecord(value.data) ? value.data : undefined;
  if (!given || !isRecord(value) || value.name !== systemEvents.httpRequest) {
    throw new StepfastError("invalid_event", `Begin the run with the event "${systemEvents.httpRequest}"`);
  }
  const data: Record<string, string> = {};
  for (const key of TEXTS) {
    const text = given[key] ?? "";
    if (typeof text !== "string") throw invalid(`${key} must be a text`);
    data[key] = text;
  }
  checkTarget(data);
  if (Buffer.byteLength(JSON.stringify(data)) > limits.eventBytes) {
    const message = `A request of a durable endpoint may hold ${limits.eventBytes} bytes`;
    throw new StepfastError("event_too_large", message);
  }
  return { name: systemEvents.httpRequest, data };
}

function checkTarget({ domain = "", path = "", method = "", fn = "" }: Record<string, string>): void {
  if (!isOrigin(domain)) throw invalid("domain must be an origin, such as https://app.example");
  if (!path.startsWith("/")) throw invalid("path must begin with a slash");
  if (!METHOD.test(method)) throw invalid("method must be one of HTTP's");
  if (domain.length + Math.max(fn.length, path.length) > limits.eventNameBytes) {
    throw invalid(
      `path (or fn) must be shorter: with the domain at most ${limits.eventNameBytes} characters`,
    );
  }
}
