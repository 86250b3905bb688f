import { type OpOptions, StepfastError } from "@stepfast/protocol";
import type { StepPlan } from "../execution/found-step.ts";
import type { AiModel, InferOptions } from "../types/offload.ts";

/** Plan of `step.ai.infer`: the server asks the model (PROTOCOL §5.2, `AIGateway`). */
export function inferPlan({ model, body, ...rest }: InferOptions<AiModel>): StepPlan {
  if (typeof model?.url !== "string" || typeof model.format !== "string") {
    throw new StepfastError(
      "invalid_request",
      'step.ai.infer needs { model, body }, the model with a "url" and a "format"',
    );
  }
  const copy = { ...model };
  const sent: Record<string, unknown> = { ...(body as object | undefined) };
  // A model fills in what it wants of the body, as its name.
  model.onCall?.(copy as never, sent as never);
  const opts = {
    ...rest,
    type: "step.ai.infer",
    url: copy.url,
    headers: copy.headers,
    auth_key: copy.authKey,
    format: copy.format,
    body: sent,
  };
  return { type: "ai.infer", op: "AIGateway", name: null, opts: JSON.parse(JSON.stringify(opts)) };
}

interface FetchPlan {
  /** Id of the step. */
  id: string;
  plan: StepPlan;
}

/** Plan of `step.fetch`: the server makes the request (PROTOCOL §5.2, `Gateway`). */
export function fetchPlan(input: string | URL | Request, init: RequestInit | undefined): FetchPlan {
  const request = input instanceof Request ? input : undefined;
  const url = new URL(request?.url ?? String(input));
  const headers = new Headers(init?.headers ?? request?.headers);
  const body = bodyText(init?.body ?? request?.body, headers);
  const opts: OpOptions = {
    url: url.href,
    method: init?.method ?? request?.method ?? "GET",
    headers: Object.fromEntries(headers),
    body,
  };
  const plan: StepPlan = { type: "fetch", op: "Gateway", name: null, opts, read: responseOf };
  return { id: `step.fetch: ${url.hostname}`, plan };
}

function bodyText(body: RequestInit["body"] | undefined, headers: Headers): string {
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) {
    if (!headers.has("content-type"))
      headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
    return body.toString();
  }
  throw new StepfastError(
    "invalid_request",
    "step.fetch sends text: give it a body that is a string or URLSearchParams",
  );
}

interface RecordedResponse {
  url: string;
  headers: Record<string, string>;
  body: string | null;
  status_code: number;
}

/** What the server recorded, as a response. Statuses without a body must have none at all. */
function responseOf(value: unknown): Response {
  const { headers, body, status_code: status } = value as RecordedResponse;
  const isBodiless = status === 204 || status === 205 || status === 304;
  return new Response(isBodiless ? null : body, { headers, status });
}
