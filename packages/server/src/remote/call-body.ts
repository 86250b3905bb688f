import { type CallRequest, limits } from "@stepfast/protocol";

type Write = (request: CallRequest) => string;

/** The body of a call, as `write` writes it. Over the limit it goes without events and steps, with `use_api`. */
export function callBody(request: CallRequest, write: Write = JSON.stringify): string {
  const whole = write(request);
  // Most bodies are so short that they cannot be over the limit however they are encoded.
  if (whole.length * 3 <= limits.callBytes || Buffer.byteLength(whole) <= limits.callBytes) return whole;
  const reduced: CallRequest = {
    ...request,
    events: [],
    steps: {},
    use_api: true,
    ctx: { ...request.ctx, use_api: true },
  };
  return write(reduced);
}
