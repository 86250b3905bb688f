import type { CallRequest } from "@stepfast/protocol";

type Write = (request: CallRequest) => string;

/** A call's body may be this large; beyond it the SDK fetches the state itself (PROTOCOL §3.2). */
export const MAX_CALL_BYTES = 4 * 1024 * 1024;

/** The body of a call, as `write` writes it. Over the limit it goes without events and steps, with `use_api`. */
export function callBody(request: CallRequest, write: Write = JSON.stringify): string {
  const whole = write(request);
  // Most bodies are so short that they cannot be over the limit however they are encoded.
  if (whole.length * 3 <= MAX_CALL_BYTES || Buffer.byteLength(whole) <= MAX_CALL_BYTES) return whole;
  const reduced: CallRequest = {
    ...request,
    events: [],
    steps: {},
    use_api: true,
    ctx: { ...request.ctx, use_api: true },
  };
  return write(reduced);
}
