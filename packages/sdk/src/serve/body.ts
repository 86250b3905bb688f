import { StepfastError } from "@stepfast/protocol";

/** Whether a value is a JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a request carries no body at all. */
export function isEmptyBody(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === "string" && body.trim() === "");
}

/** The value of a body that is text, or was parsed by the framework already. Throws `invalid_json`. */
export function parseBody(body: unknown): unknown {
  if (isEmptyBody(body)) {
    throw new StepfastError(
      "invalid_json",
      "the request has no body: if a body parser runs before this handler, let it parse JSON of this size, or mount the handler before it",
    );
  }
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new StepfastError("invalid_json", "the request's body is not JSON: send one JSON object", {
      cause,
    });
  }
}
