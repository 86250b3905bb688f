import type { RemoteCall } from "@stepfast/engine";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const ULID_LENGTH = 26;

/** A run's id and a trace's are 128 bits both: the same ones. Undefined: the id is none of that kind. */
export function traceIdOf(runId: string): string | undefined {
  if (!ULID.test(runId)) return undefined;
  let bits = 0n;
  for (const digit of runId) bits = bits * 32n + BigInt(ALPHABET.indexOf(digit));
  return bits.toString(16).padStart(32, "0");
}

/** The run whose trace it is. */
export function runIdOf(traceId: string): string {
  let bits = BigInt(`0x${traceId || "0"}`);
  let id = "";
  for (let i = 0; i < ULID_LENGTH; i++) {
    id = ALPHABET.charAt(Number(bits % 32n)) + id;
    bits /= 32n;
  }
  return id;
}

/**
 * The W3C `traceparent` of a call: its trace is the run, its parent the step that is called, or the run. SDKs send spans
 * of user code only where a call has one (PROTOCOL §1.2).
 */
export function traceParentOf({ request, stepId }: RemoteCall): string | undefined {
  const traceId = traceIdOf(request.ctx.run_id);
  if (traceId === undefined) return undefined;
  const parent = /^[0-9a-f]{40}$/.test(stepId) ? stepId.slice(0, 16) : traceId.slice(16);
  return `00-${traceId}-${parent}-01`;
}
