import type { Log } from "@stepfast/engine";
import { type ErrorCode, StepfastError } from "@stepfast/protocol";

/** Each API words its errors in its own shape; a `code` is in all of them. */
type Dialect = "events" | "v1" | "v2";

export function dialectOf(path: string): Dialect {
  if (path.startsWith("/v2/") || path.startsWith("/api/v2/")) return "v2";
  if (path === "/e" || path.startsWith("/e/")) return "events";
  return "v1";
}

/** An error that tells more than its message: `data`, beside it. */
export class Refusal extends StepfastError {
  readonly data: object;

  constructor(code: ErrorCode, message: string, data: object) {
    super(code, message);
    this.data = data;
  }
}

function bodyOf(dialect: Dialect, status: number, code: string, message: string): object {
  if (dialect === "v2") return { errors: [{ code, message }] };
  if (dialect === "events") return { error: message, status, code, ids: [] };
  return { error: message, status, code };
}

/** An error as the API of this path words it. */
export function failure(
  path: string,
  error: StepfastError,
  options: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const status = options.status ?? error.status;
  const body = bodyOf(dialectOf(path), status, error.code, error.message);
  return Response.json(error instanceof Refusal ? { ...body, data: error.data } : body, {
    status,
    headers: options.headers ?? {},
  });
}

/** A path as a log may hold it: that of an event names a key. */
function loggable(path: string): string {
  return dialectOf(path) === "events" ? "/e" : path;
}

/** JSON can be read that is nested too deep to be looked through: nothing was done with it. */
function isTooDeep(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes("call stack");
}

function tooDeep(): StepfastError {
  return new StepfastError(
    "invalid_json",
    "The request nests deeper than can be looked through: make it flatter",
  );
}

/** Any thrown value as an answer. What is not one of ours is logged and told to nobody. */
export function failureOf(path: string, thrown: unknown, log: Log): Response {
  if (StepfastError.is(thrown) && thrown.code !== "internal") return failure(path, thrown);
  if (isTooDeep(thrown)) return failure(path, tooDeep());
  log.error("A request failed", {
    path: loggable(path),
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown,
  });
  return failure(path, new StepfastError("internal", "The server failed to answer; its log tells why"));
}
