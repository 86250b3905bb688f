import type { JsonObject } from "@stepfast/protocol";
import { type MetadataRow, SPAN_OP } from "@stepfast/store";
import type { z } from "zod";
import type { metadataEntry } from "../schemas/trace.ts";
import { isoText } from "./envelope.ts";

export type RunMetadata = z.input<typeof metadataEntry>;

/** What the notes of one kind about a run, a step or an attempt come to. */
export interface NoteSum {
  /** Hash of the step; "": the run. */
  stepId: string;
  /** Null: the step as a whole. */
  attempt: number | null;
  kind: string;
  values: JsonObject;
  updatedAt: number;
}

function sumsOf(before: JsonObject, added: JsonObject): JsonObject {
  const sums = Object.entries(added).map(([key, value]) => {
    const known = Object.hasOwn(before, key) ? before[key] : undefined;
    return [key, typeof known === "number" && typeof value === "number" ? known + value : value];
  });
  return { ...before, ...Object.fromEntries(sums) };
}

/** Undefined: nothing is left. */
function changed(before: JsonObject, op: string, values: JsonObject): JsonObject | undefined {
  if (op === "merge") return { ...before, ...values };
  if (op === "add") return sumsOf(before, values);
  if (op !== "delete") return values;
  const names = new Set(Object.keys(values));
  if (names.size === 0) return undefined;
  return Object.fromEntries(Object.entries(before).filter(([key]) => !names.has(key)));
}

/** What all notes come to, in the order in which each kind was first noted. */
export function sumNotes(rows: MetadataRow[]): NoteSum[] {
  const sums = new Map<string, NoteSum>();
  for (const { stepId, attempt, kind, op, content, createdAt } of rows) {
    if (op === SPAN_OP) continue;
    const place = JSON.stringify([stepId, attempt, kind]);
    const before = sums.get(place);
    const values = changed(before?.values ?? {}, op, JSON.parse(content) as JsonObject);
    if (values === undefined) sums.delete(place);
    else sums.set(place, { stepId, attempt, kind, values, updatedAt: createdAt });
  }
  return [...sums.values()];
}

export function metadataView({ stepId, attempt, kind, values, updatedAt }: NoteSum): RunMetadata {
  const scope = stepId === "" ? "run" : attempt === null ? "step" : "step_attempt";
  return { scope, kind, values, updatedAt: isoText(updatedAt) };
}
