import type { RunRow } from "@stepfast/store";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import { deleteBatchEvents } from "../writer/batch-events.ts";
import { idStatements } from "../writer/row-statements.ts";

const hanging = ["steps", "attempts", "metadata", "waits", "messages"];

/** Those of the runs that several events started. */
export function findBatches({ schema }: Layout, ids: string[]): Statement {
  const text = `SELECT id, event_ids FROM ${schema}.runs WHERE id = ANY ($1::text[]) AND event_ids IS NOT NULL`;
  return { text, values: [textArray(ids)] };
}

/** What is kept beside the rows of runs or events. */
export function forgetLarge(layout: Layout, homes: string[]): Statement[] {
  return idStatements(layout, homes, (is) => `DELETE FROM ${layout.schema}.large_values WHERE home ${is}`);
}

/** The runs and all that hangs on them. They travel together, and so are one transaction; the runs come last. */
export function deleteRuns(
  layout: Layout,
  ids: string[],
  batches: Pick<RunRow, "id" | "eventIds">[],
): { statements: Statement[]; runs: number } {
  const { schema } = layout;
  const lock = idStatements(
    layout,
    ids,
    (is) => `SELECT id FROM ${schema}.runs WHERE id ${is} ORDER BY id FOR UPDATE`,
  );
  const rest = hanging.flatMap((table) =>
    idStatements(layout, ids, (is) => `DELETE FROM ${schema}.${table} WHERE run_id ${is}`),
  );
  const texts = forgetLarge(layout, ids);
  const runs = idStatements(layout, ids, (is) => `DELETE FROM ${schema}.runs WHERE id ${is}`);
  return {
    statements: [...lock, ...deleteBatchEvents(layout, batches), ...rest, ...texts, ...runs],
    runs: runs.length,
  };
}
