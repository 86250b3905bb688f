import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";

const hanging = ["steps", "attempts", "waits", "messages"];

/** The runs and all that hangs on them. They travel together, and so are one transaction. */
export function deleteRuns(schema: string, ids: string[]): Statement[] {
  const values = [textArray(ids)];
  const lock = `SELECT id FROM ${schema}.runs WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;
  const batches = `DELETE FROM ${schema}.batch_events b USING
    (SELECT json_array_elements_text(event_ids::json) AS event_id, id FROM ${schema}.runs
      WHERE id = ANY ($1::text[]) AND event_ids IS NOT NULL) u WHERE b.event_id = u.event_id AND b.run_id = u.id`;
  const deletes = hanging.map((table) => `DELETE FROM ${schema}.${table} WHERE run_id = ANY ($1::text[])`);
  const runs = `DELETE FROM ${schema}.runs WHERE id = ANY ($1::text[])`;
  return [lock, batches, ...deletes, runs].map((text) => ({ text, values }));
}
