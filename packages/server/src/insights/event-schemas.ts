import type { EventRow } from "@stepfast/store";
import type { z } from "zod";
import type { eventSchema } from "../schemas/insight.ts";

const MAX_DEPTH = 3;
const MAX_FIELDS = 200;

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function note(fields: Map<string, Set<string>>, path: string, value: unknown, depth: number): void {
  const known = fields.get(path);
  if (!known && fields.size >= MAX_FIELDS) return;
  fields.set(path, (known ?? new Set()).add(typeOf(value)));
  if (typeOf(value) !== "object" || depth >= MAX_DEPTH) return;
  for (const [key, member] of Object.entries(value as object))
    note(fields, `${path}.${key}`, member, depth + 1);
}

/** What events of each name look like, as far as can be seen from these. */
export function eventSchemas(events: EventRow[]): z.input<typeof eventSchema>[] {
  const byName = new Map<string, { count: number; fields: Map<string, Set<string>> }>();
  for (const { name, data } of events) {
    const seen = byName.get(name) ?? { count: 0, fields: new Map() };
    seen.count++;
    for (const [key, value] of Object.entries(JSON.parse(data) as object))
      note(seen.fields, `data.${key}`, value, 1);
    byName.set(name, seen);
  }
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { count, fields }]) => ({
      name,
      count,
      fields: [...fields].map(([path, types]) => ({ path, types: [...types].sort() })),
    }));
}
