import { type Json, limits, type Op, type OpCode, type OpOptions, StepfastError } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";
import { notesOf } from "./metadata.ts";
import { parseWireError } from "./wire-error.ts";

const opCodes: OpCode[] = [
  "StepRun",
  "StepPlanned",
  "StepError",
  "StepFailed",
  "Sleep",
  "WaitForEvent",
  "WaitForSignal",
  "InvokeFunction",
  "AIGateway",
  "Gateway",
  "DeferAdd",
  "DeferAbort",
  "RunComplete",
  "DiscoveryRequest",
];

/** Names are matched without regard to case (PROTOCOL §5.2); `Step` is an old name of `StepRun`. */
const opCodeByName = new Map<string, OpCode>([
  ...opCodes.map((code) => [code.toLowerCase(), code] as const),
  ["step", "StepRun"],
]);

const MAX_ID_LENGTH = 128;
const NANOS_PER_MS = 1_000_000;

function invalid(index: number, message: string): StepfastError {
  return new StepfastError("invalid_request", `Op ${index} ${message}`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function userlandOf(value: unknown): Op["userland"] {
  if (!isRecord(value) || typeof value.id !== "string") return undefined;
  return typeof value.index === "number" ? { id: value.id, index: value.index } : { id: value.id };
}

function timingOf(value: unknown): Op["timing"] {
  if (!isRecord(value) || typeof value.a !== "number" || typeof value.b !== "number") return undefined;
  // A clock may be wrong, but a time must be one.
  const startedAtMs = value.a / NANOS_PER_MS;
  if (!(startedAtMs >= 0 && startedAtMs < limits.eventTsMax && value.b >= 0)) return undefined;
  return { a: value.a, b: value.b };
}

/** Options that are texts wherever they are given. */
const textOptions = [
  ..."type parallelMode duration event if timeout signal conflict function_id fn_slug".split(" "),
  ..."target_hashed_id id method".split(" "),
];

/** Other SDKs write null for what is not set. */
function optsOf(value: unknown, index: number, code: OpCode): OpOptions | undefined {
  if (!isRecord(value)) return undefined;
  const opts = { ...value };
  for (const key of textOptions) {
    if (opts[key] === null) delete opts[key];
    if (opts[key] !== undefined && typeof opts[key] !== "string")
      throw invalid(index, `(${code}) has the option "${key}", which is not a text`);
  }
  if (!isRecord(opts.payload)) delete opts.payload;
  return opts as OpOptions;
}

/** One that a database would not give back as it is would be another step the next time. */
function isStepId(id: unknown): id is string {
  return typeof id === "string" && id !== "" && id.length <= MAX_ID_LENGTH && !/[\0\ud800-\udfff]/.test(id);
}

/** One op with the keys we know; SDKs send many more (PROTOCOL §5). */
function parseOp(value: unknown, index: number): Op {
  if (!isRecord(value)) throw invalid(index, "is not an object");
  const code = opCodeByName.get(String(value.op ?? "").toLowerCase());
  if (code === undefined)
    throw invalid(index, `has the opcode "${String(value.op)}", which this server does not know`);
  if (!isStepId(value.id)) throw invalid(index, `(${code}) has no id`);
  const op: Op = { id: value.id, op: code };
  const { name, displayName } = { name: text(value.name), displayName: text(value.displayName) };
  const userland = userlandOf(value.userland);
  const timing = timingOf(value.timing);
  if (name !== undefined) op.name = name;
  if (displayName !== undefined) op.displayName = displayName;
  const opts = optsOf(value.opts, index, code);
  if (opts) op.opts = opts;
  if (value.data !== undefined) op.data = value.data as Json;
  if (value.error !== undefined && value.error !== null) op.error = parseWireError(value.error);
  if (userland) op.userland = userland;
  if (timing) op.timing = timing;
  const notes = notesOf(value.metadata);
  if (notes.length > 0) op.metadata = notes;
  return op;
}

/** The ops of an SDK's answer or checkpoint: an array, or one alone. Throws `invalid_request`. */
export function parseOps(value: unknown): Op[] {
  const list = Array.isArray(value) ? value : isRecord(value) ? [value] : undefined;
  if (list === undefined) throw new StepfastError("invalid_request", "Ops must be an array");
  if (list.length > limits.opsPerAnswer) {
    throw new StepfastError(
      "step_limit",
      `An answer may hold ${limits.opsPerAnswer} ops; this one has ${list.length}`,
    );
  }
  return list.map(parseOp);
}
