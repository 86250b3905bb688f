import type { MetadataRow } from "@stepfast/store";

/** What was noted of a run or step under one kind. */
export interface MetadataView {
  kind: string;
  values: Record<string, unknown>;
}

/** What the notes come to, by step ("" is the run): `set` takes the place of what was there, `merge` adds to it. */
export function metadataByStep(rows: MetadataRow[]): Map<string, MetadataView[]> {
  const kinds = new Map<string, MetadataView[]>();
  for (const { stepId, kind, op, content } of rows) {
    const values = JSON.parse(content) as Record<string, unknown>;
    const views = kinds.get(stepId) ?? [];
    const known = views.find((view) => view.kind === kind);
    if (known) known.values = op === "merge" ? { ...known.values, ...values } : values;
    else views.push({ kind, values });
    kinds.set(stepId, views);
  }
  return kinds;
}
