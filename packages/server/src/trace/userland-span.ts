import { type MetadataRow, SPAN_OP } from "@stepfast/store";
import type { KeptSpan } from "../otlp/kept-span.ts";
import { isoTime } from "../views/envelope.ts";
import type { Span } from "./span.ts";

const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];

/** A span of user code, and where it belongs. */
interface Userland {
  row: MetadataRow;
  kept: KeptSpan;
  span: Span;
}

function spanOf(row: MetadataRow, kept: KeptSpan, includeOutput: boolean): Span {
  const { name, kind, scope, service, startedAt, endedAt, failure, attributes, events } = kept;
  const times = events.map((event) => ({ ...event, at: isoTime(event.at) ?? "" }));
  return {
    id: row.kind,
    name,
    status: failure === null ? "COMPLETED" : "FAILED",
    stepOp: null,
    stepId: row.stepId || null,
    attempts: 0,
    queuedAt: isoTime(startedAt),
    startedAt: isoTime(startedAt),
    endedAt: isoTime(endedAt),
    durationMs: Math.round((endedAt - startedAt) * 1_000) / 1_000,
    ...(failure === null ? {} : { error: { name: "Error", message: failure } }),
    userland: {
      kind: kinds[kind] ?? "UNSPECIFIED",
      scope,
      service,
      ...(includeOutput ? { attributes, events: times } : {}),
    },
    children: [],
  };
}

/** The step's attempt, the step, or the run. */
function placeOf({ row }: Userland, root: Span): Span {
  const step = root.children.find(({ stepId, stepOp }) => stepId === row.stepId && stepOp !== null);
  return step?.children.find(({ name }) => name === `Attempt ${row.attempt}`) ?? step ?? root;
}

/** Their own parent, if it is of the same step; SDKs make steps children of the call they are in. */
function parentOf(one: Userland, all: ReadonlyMap<string, Userland>): Userland | undefined {
  const parent = all.get(one.kept.parentId);
  if (parent === undefined || parent.row.stepId !== one.row.stepId) return undefined;
  // Ids come from outside: two spans may each claim to be in the other.
  const seen = new Set([one]);
  for (let each: Userland | undefined = parent; each; each = all.get(each.kept.parentId)) {
    if (seen.has(each)) return undefined;
    seen.add(each);
  }
  return parent;
}

function byStart(a: Userland, b: Userland): number {
  return a.kept.startedAt - b.kept.startedAt;
}

/** Hangs the spans of user code to what they belong to. */
export function addUserland(root: Span, rows: readonly MetadataRow[], includeOutput: boolean): void {
  const all = new Map<string, Userland>();
  for (const row of rows) {
    if (row.op !== SPAN_OP) continue;
    const kept = JSON.parse(row.content) as KeptSpan;
    all.set(row.kind, { row, kept, span: spanOf(row, kept, includeOutput) });
  }
  const places = new Map([...all.values()].map((one) => [one, placeOf(one, root)]));
  for (const one of [...all.values()].sort(byStart)) {
    const place = parentOf(one, all)?.span ?? places.get(one) ?? root;
    place.children.push(one.span);
  }
}
