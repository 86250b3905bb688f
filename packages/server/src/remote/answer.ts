import {
  type CallAnswer,
  type ErrorCode,
  headers,
  type Json,
  StepfastError,
  type WireError,
} from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";
import { parseOps } from "./ops.ts";
import type { Reply } from "./reply.ts";
import { parseWireError } from "./wire-error.ts";

/** Characters of an error that is no JSON. */
const MAX_WORDS = 1_000;

/** A retriable error of our own making, for an answer that never came or that nobody can use. */
export function callFailure(code: ErrorCode, message: string, noRetry = false): CallAnswer {
  return { kind: "error", error: { name: "Error", message, code, stack: "" }, noRetry };
}

/** Whether an SDK gave this answer, not a proxy or some other program. A 401 keeps only the second header. */
export function isFromSdk(reply: Reply): boolean {
  return headers.sdk in reply.headers || headers.sdkHandled in reply.headers;
}

function tryJson(text: string): { value: unknown } | undefined {
  try {
    return { value: text.trim() === "" ? null : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function versionOf(reply: Reply): number | undefined {
  const header = reply.headers[headers.requestVersion];
  const version = header === undefined ? reply.version : Number(header);
  return version !== undefined && Number.isInteger(version) && version > 0 ? version : undefined;
}

interface AnswerFacts {
  noRetry: boolean;
  retryAfter?: string;
  version?: number;
}

function factsOf(reply: Reply): AnswerFacts {
  const facts: AnswerFacts = { noRetry: reply.headers[headers.noRetry] === "true" };
  const retryAfter = reply.headers[headers.retryAfter];
  const version = versionOf(reply);
  if (retryAfter !== undefined && retryAfter !== "") facts.retryAfter = retryAfter;
  if (version !== undefined) facts.version = version;
  return facts;
}

/** "Requested step not found" tells which ones there are; those belong in the message. */
function describeMissingStep(value: unknown): string {
  if (!isRecord(value) || !Array.isArray(value.foundSteps)) return "";
  const names = value.foundSteps.map((step) => (isRecord(step) ? String(step.name ?? step.id) : "?"));
  return `; the function now has the steps: ${names.join(", ") || "none"}`;
}

function errorOf(reply: Reply): WireError {
  const json = tryJson(reply.body);
  if (!json || json.value === null) {
    // Workers of the Go SDK send the words alone.
    const words = json ? "" : reply.body.trim().slice(0, MAX_WORDS);
    return {
      name: "Error",
      message: words || `The function answered with status ${reply.status}`,
      stack: "",
    };
  }
  const error = parseWireError(json.value);
  return { ...error, message: `${error.message}${describeMissingStep(json.value)}` };
}

function opsAnswer(reply: Reply, facts: AnswerFacts): CallAnswer {
  const json = tryJson(reply.body);
  if (!json) return callFailure("invalid_request", "The function's answer is not JSON");
  try {
    return { kind: "ops", ops: parseOps(json.value), ...facts };
  } catch (error) {
    if (StepfastError.is(error))
      return callFailure("invalid_request", `The function's answer cannot be used: ${error.message}`);
    throw error;
  }
}

/** An SDK's reply in normal form (PROTOCOL §4). */
export function answerOf(reply: Reply): CallAnswer {
  const facts = factsOf(reply);
  if (reply.status === 206) return opsAnswer(reply, facts);
  // `no-retry: true` makes any answer a failure, a 200 too.
  if (reply.status !== 200 || facts.noRetry) return { kind: "error", error: errorOf(reply), ...facts };
  const json = tryJson(reply.body);
  if (!json) return callFailure("invalid_request", "The function's output is not JSON");
  const { noRetry: _noRetry, retryAfter: _retryAfter, ...rest } = facts;
  return { kind: "complete", output: json.value as Json, ...rest };
}

/** The Go SDK says beside the headers what others say in them. */
function marksOf({ noRetry, retryAt }: Record<string, unknown>): Record<string, string> {
  const marks: Record<string, string> = {};
  if (noRetry === true) marks[headers.noRetry] = "true";
  if (typeof retryAt === "string") marks[headers.retryAfter] = retryAt;
  return marks;
}

/** A streamed answer (201) wraps the real one in JSON, after spaces that kept the connection open (PROTOCOL §4.2). */
export function unwrapped(reply: Reply): Reply | undefined {
  const json = tryJson(reply.body);
  if (!json || !isRecord(json.value) || typeof json.value.status !== "number") return undefined;
  const { status, headers: wrapped, body, version } = json.value;
  const lower = marksOf(json.value);
  if (isRecord(wrapped))
    for (const [name, value] of Object.entries(wrapped)) lower[name.toLowerCase()] = String(value);
  const text = typeof body === "string" ? body : JSON.stringify(body ?? null);
  const inner: Reply = { status, headers: lower, body: text };
  if (typeof version === "number") inner.version = version;
  return inner;
}
