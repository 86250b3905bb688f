import type { Gateway, OffloadedRequest } from "@stepfast/engine";
import { type ErrorCode, type Json, limits, StepfastError } from "@stepfast/protocol";
import { fetch, type Response } from "undici";
import { type GuardOptions, guardedAgent } from "./guarded-agent.ts";
import { type OutgoingRequest, outgoingRequest, webUrl } from "./offload-request.ts";

export interface GatewayOptions extends GuardOptions {
  /** How long a request may take, redirects and body included. Default 15 minutes. */
  timeoutMs?: number;
  /** An answer may be this large. Default: as a step's result. */
  maxAnswerBytes?: number;
}

type Outcome = Awaited<ReturnType<Gateway["perform"]>>;

const MAX_REDIRECTS = 10;
const MAX_QUOTED_LENGTH = 500;
const redirects = new Set([301, 302, 303, 307, 308]);
/** Answers that cannot have a body. */
const bodiless = new Set([204, 205, 304]);
/** What is true of the answer as it came, and no more once it was unpacked. */
const packing = ["content-encoding", "content-length", "transfer-encoding"];

/** The next request, as browsers go on: what proves who is asking stays with the origin it was meant for. */
function redirected(request: OutgoingRequest, response: Response): OutgoingRequest | undefined {
  const location = response.headers.get("location");
  if (!redirects.has(response.status) || location === null) return undefined;
  const url = webUrl(location, request.url);
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) {
    for (const name of ["authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"])
      headers.delete(name);
  }
  const isPost = request.method === "POST";
  const becomesGet =
    (response.status === 303 && request.method !== "HEAD") || (isPost && response.status < 303);
  if (!becomesGet) return { ...request, url, headers };
  headers.delete("content-type");
  return { url, method: "GET", headers, body: null };
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return "";
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    if (total > maxBytes) {
      throw new StepfastError("output_too_large", `The answer is over ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function headersOf(response: Response): Record<string, string> {
  const headers = Object.fromEntries(response.headers);
  for (const name of packing) delete headers[name];
  return headers;
}

function failed(code: ErrorCode, message: string, retry: { noRetry: boolean; after?: string }): Outcome {
  const error = { name: "Error", message, code, stack: "" };
  const outcome: Outcome = { kind: "error", error, noRetry: retry.noRetry };
  return retry.after === undefined ? outcome : { ...outcome, retryAfter: retry.after };
}

/** A model's answer is its JSON, if there is one (PROTOCOL §5.6). */
function modelOutcome(url: URL, response: Response, text: string): Outcome {
  const place = `${url.origin}${url.pathname}`;
  if (!response.ok) {
    const message = `${place} answered with status ${response.status}: ${text.slice(0, MAX_QUOTED_LENGTH)}`;
    const after = response.headers.get("retry-after");
    return failed("gateway_failed", message, { noRetry: false, ...(after === null ? {} : { after }) });
  }
  try {
    return { kind: "complete", output: JSON.parse(text) as Json };
  } catch {
    return failed("gateway_failed", `${place} answered with something that is not JSON`, { noRetry: false });
  }
}

/** Whatever a server answers to `step.fetch` is the step's result. */
function fetchOutcome(url: URL, response: Response, text: string): Outcome {
  const body = bodiless.has(response.status) ? null : text;
  const output = { url: url.href, headers: headersOf(response), body, status_code: response.status };
  return { kind: "complete", output };
}

function failureOf(url: string, thrown: unknown): Outcome {
  const { cause } = thrown as { cause?: unknown };
  const reason = StepfastError.is(thrown) ? thrown : cause;
  if (StepfastError.is(reason)) return failed(reason.code, reason.message, { noRetry: true });
  const { message } = (reason instanceof Error ? reason : thrown) as { message?: string };
  return failed("gateway_failed", `Asking ${url} failed: ${message ?? "no reason given"}`, {
    noRetry: false,
  });
}

/** Makes requests in place of functions, to where the guard lets them (docs/guides/self-hosting.md). */
export function httpGateway(options: GatewayOptions = {}): Gateway & { close(): Promise<void> } {
  const { timeoutMs = limits.gatewayRequestMs, maxAnswerBytes = limits.stepOutputBytes } = options;
  const dispatcher = guardedAgent(options);
  const ask = async (offloaded: OffloadedRequest): Promise<Outcome> => {
    const signal = AbortSignal.timeout(timeoutMs);
    let next = outgoingRequest(offloaded);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const { url, method, headers, body } = next;
      const init = { method, headers: Object.fromEntries(headers), body, signal, dispatcher };
      const response = await fetch(url, { ...init, redirect: "manual" });
      const target = redirected(next, response);
      if (target === undefined) {
        const outcome = offloaded.op === "Gateway" ? fetchOutcome : modelOutcome;
        return outcome(url, response, await textOf(response, maxAnswerBytes));
      }
      await response.body?.cancel();
      next = target;
    }
    throw new StepfastError(
      "gateway_failed",
      `${next.url.origin} redirects more than ${MAX_REDIRECTS} times`,
    );
  };
  return {
    async perform(offloaded) {
      try {
        return await ask(offloaded);
      } catch (error) {
        return failureOf(placeOf(offloaded), error);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** Where a request goes, without what its query may hold. */
function placeOf({ opts }: OffloadedRequest): string {
  const text = typeof opts.url === "string" ? opts.url : "";
  if (!URL.canParse(text)) return text;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
