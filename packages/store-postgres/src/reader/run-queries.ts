import type { EventRow, LoadedRun, RunRow } from "@stepfast/store";
import {
  attemptColumns,
  type Columns,
  eventColumns,
  messageColumns,
  metadataColumns,
  runColumns,
  stepColumns,
  toRow,
  waitColumns,
} from "../columns.ts";
import type { Answer, Statement } from "../connection/pipeline.ts";

const begin: Statement = { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
const end: Statement = { text: "COMMIT" };

function rowsOf<Row>(columns: Columns<Row>, answer: Answer | undefined): Row[] {
  return (answer?.rows ?? []).map((values) => toRow(columns, values));
}

/** A run and all that hangs on it, as it is at one moment. */
export function loadQueries(schema: string, runId: string): Statement[] {
  const values = [runId];
  const eventIds = `SELECT event_id FROM ${schema}.runs WHERE id = $1 AND event_ids IS NULL UNION ALL
    SELECT json_array_elements_text(event_ids::json) FROM ${schema}.runs WHERE id = $1 AND event_ids IS NOT NULL`;
  return [
    begin,
    { text: `SELECT ${runColumns.sql} FROM ${schema}.runs WHERE id = $1`, values },
    { text: `SELECT ${stepColumns.sql} FROM ${schema}.steps WHERE run_id = $1 ORDER BY no`, values },
    { text: `SELECT ${eventColumns.sql} FROM ${schema}.events WHERE id IN (${eventIds})`, values },
    { text: `SELECT ${messageColumns.sql} FROM ${schema}.messages WHERE run_id = $1 ORDER BY seq`, values },
    { text: `SELECT ${waitColumns.sql} FROM ${schema}.waits WHERE run_id = $1 ORDER BY seq`, values },
    end,
  ];
}

export function loadedRun([, runs, steps, events, messages, waits]: Answer[]): LoadedRun | null {
  const [run] = rowsOf(runColumns, runs);
  if (run === undefined) return null;
  return {
    run,
    steps: rowsOf(stepColumns, steps),
    events: inOrder(rowsOf(eventColumns, events), eventIdsOf(run)),
    messages: rowsOf(messageColumns, messages),
    waits: rowsOf(waitColumns, waits),
  };
}

function eventIdsOf(run: RunRow): string[] {
  return run.eventIds === null ? [run.eventId] : JSON.parse(run.eventIds);
}

/** Those that there are, in the order asked for. */
export function inOrder(events: EventRow[], ids: string[]): EventRow[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return ids.flatMap((id) => {
    const event = byId.get(id);
    return event === undefined ? [] : [{ ...event }];
  });
}

export function attemptQuery(schema: string, runId: string): Statement {
  const text = `SELECT ${attemptColumns.sql} FROM ${schema}.attempts WHERE run_id = $1 ORDER BY ended_at, seq`;
  return { text, values: [runId] };
}

export function metadataQuery(schema: string, runId: string): Statement {
  const text = `SELECT ${metadataColumns.sql} FROM ${schema}.metadata WHERE run_id = $1 ORDER BY seq`;
  return { text, values: [runId] };
}
