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
import type { Layout } from "../profile.ts";

const begin: Statement = { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
/** Whoever writes to what hangs on a run locks the run. */
const lockingBegin: Statement = { text: "BEGIN ISOLATION LEVEL READ COMMITTED" };
const serialBegin: Statement = { text: "BEGIN ISOLATION LEVEL SERIALIZABLE" };
const end: Statement = { text: "COMMIT" };
/** In the place of events. */
const none: Statement = { text: "SELECT 1" };

export function rowsOf<Row>(columns: Columns<Row>, answer: Answer | undefined): Row[] {
  return (answer?.rows ?? []).map((values) => toRow(columns, values));
}

/** A run and all that hangs on it, as it is at one moment. On a distributed database its events are read apart. */
export function loadQueries(layout: Layout, runId: string): Statement[] {
  const { schema, profile } = layout;
  const values = [runId];
  const hanging = [
    { text: `SELECT ${messageColumns.sql} FROM ${schema}.messages WHERE run_id = $1 ORDER BY seq`, values },
    { text: `SELECT ${waitColumns.sql} FROM ${schema}.waits WHERE run_id = $1 ORDER BY seq`, values },
    end,
  ];
  const run = `SELECT ${runColumns.sql} FROM ${schema}.runs WHERE id = $1`;
  const steps = {
    text: `SELECT ${stepColumns.sql} FROM ${schema}.steps WHERE run_id = $1 ORDER BY no`,
    values,
  };
  if (profile.isDistributed) {
    const isSerial = profile.isolation === "SERIALIZABLE";
    const first = isSerial ? serialBegin : lockingBegin;
    return [first, { text: isSerial ? run : `${run} FOR SHARE`, values }, steps, none, ...hanging];
  }
  const eventIds = `SELECT event_id FROM ${schema}.runs WHERE id = $1 AND event_ids IS NULL UNION ALL
    SELECT json_array_elements_text(event_ids::json) FROM ${schema}.runs WHERE id = $1 AND event_ids IS NOT NULL`;
  const events = {
    text: `SELECT ${eventColumns.sql} FROM ${schema}.events WHERE id IN (${eventIds})`,
    values,
  };
  return [begin, { text: run, values }, steps, events, ...hanging];
}

/** `given`: the events, where they were read apart. */
export function loadedRun(run: RunRow, answers: Answer[], given: EventRow[] | undefined): LoadedRun {
  const [, , steps, events, messages, waits] = answers;
  return {
    run,
    steps: rowsOf(stepColumns, steps),
    events: given ?? inOrder(rowsOf(eventColumns, events), eventIdsOf(run)),
    messages: rowsOf(messageColumns, messages),
    waits: rowsOf(waitColumns, waits),
  };
}

export function eventIdsOf(run: RunRow): string[] {
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
