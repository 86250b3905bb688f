import type { RunRow } from "@stepfast/store";
import { columns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import { rowStatements } from "./row-statements.ts";

interface BatchEvent {
  eventId: string;
  runId: string;
}

const batchEventColumns = columns<BatchEvent>({ eventId: "text", runId: "text" });

function batchEventsOf({ id, eventIds }: Pick<RunRow, "id" | "eventIds">): BatchEvent[] {
  if (eventIds === null) return [];
  return [...new Set(JSON.parse(eventIds) as string[])].map((eventId) => ({ eventId, runId: id }));
}

type Batch = Pick<RunRow, "id" | "eventIds">;

/** Of runs that several events started, if there are any among them. */
export function insertBatchEvents(layout: Layout, runs: readonly Batch[]): Statement[] {
  const into = `INSERT INTO ${layout.schema}.batch_events (event_id, run_id)`;
  return rowStatements(
    layout,
    batchEventColumns,
    runs.flatMap(batchEventsOf),
    ({ rows }) => `${into} ${rows}`,
  );
}

export function deleteBatchEvents(layout: Layout, runs: readonly Batch[]): Statement[] {
  return rowStatements(
    layout,
    batchEventColumns,
    runs.flatMap(batchEventsOf),
    ({ from, value }) => `DELETE FROM ${layout.schema}.batch_events b ${from("USING")}
      WHERE b.event_id = ${value("event_id")} AND b.run_id = ${value("run_id")}`,
  );
}
