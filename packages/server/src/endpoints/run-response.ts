import type { WireError } from "@stepfast/protocol";
import type { RunRow } from "@stepfast/store";
import { isRecord } from "../http/body.ts";

/** What the caller of a durable endpoint gets in the end. */
export interface RunResponse {
  succeeded: boolean;
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_HEADERS = { "content-type": "application/json" };
/** Belong to one connection, not to the response (RFC 9110 §7.6.1). */
const ofConnection = new Set([
  "connection",
  "content-length",
  "content-encoding",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The response of a run that has ended: what its endpoint returned (PROTOCOL §7.1), or 500 with the error. */
export function runResponse(run: RunRow): RunResponse {
  const output: unknown = run.output === null ? null : JSON.parse(run.output);
  if (run.status !== "completed") return failed(run, output as WireError | null);
  if (!isStoredResponse(output)) {
    return { succeeded: true, statusCode: 200, headers: JSON_HEADERS, body: JSON.stringify(output) };
  }
  const headers = plainHeaders(output.headers);
  const { status: statusCode, body } = output;
  return { succeeded: true, statusCode, headers, body };
}

function failed(run: RunRow, error: WireError | null): RunResponse {
  const message = error?.message ?? `The run was ${run.status}`;
  const body = JSON.stringify({ error: message, name: error?.name ?? "Error", status: 500 });
  return { succeeded: false, statusCode: 500, headers: JSON_HEADERS, body };
}

function isStoredResponse(value: unknown): value is { status: number; headers?: unknown; body: string } {
  if (!isRecord(value) || typeof value.body !== "string" || !Number.isInteger(value.status)) return false;
  const status = Number(value.status);
  return status >= 200 && status <= 599;
}

function plainHeaders(value: unknown): Record<string, string> {
  if (!isRecord(value)) return JSON_HEADERS;
  const kept = Object.entries(value).filter(
    ([name, text]) =>
      typeof text === "string" && isHeader(name, text) && !ofConnection.has(name.toLowerCase()),
  );
  return {
    ...JSON_HEADERS,
    ...Object.fromEntries(kept.map(([name, text]) => [name.toLowerCase(), String(text)])),
  };
}

function isHeader(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
