import type { JsonObject, OpMetadata } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";

const MAX_KIND_LENGTH = 256;

function isOperation(op: unknown): op is OpMetadata["op"] {
  return op === "set" || op === "merge" || op === "add" || op === "delete";
}

/** One note on a run or step; undefined where it is none (PROTOCOL §5). */
function noteOf(value: unknown): OpMetadata | undefined {
  if (!isRecord(value) || !isRecord(value.values)) return undefined;
  const { kind, op, scope, values } = value;
  if (typeof kind !== "string" || kind === "" || kind.length > MAX_KIND_LENGTH) return undefined;
  if (!isOperation(op)) return undefined;
  const note: OpMetadata = { kind, op, values: values as JsonObject };
  return typeof scope === "string" ? { ...note, scope } : note;
}

/** What an op brings along: what is not as it must be is left out, for the step counts. */
export function notesOf(value: unknown): OpMetadata[] {
  return Array.isArray(value) ? value.map(noteOf).filter((note) => note !== undefined) : [];
}
