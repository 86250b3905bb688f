import type { EventRow, LoadedRun, MessageRow, RunRow, StepRow, WaitRow } from "@stepfast/store";
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
import { textArray } from "../connection/arrays.ts";
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

/** Runs and all that hangs on them, as it is at one moment. On a distributed database, one run, its events read apart. */
export function loadQueries(layout: Layout, runIds: string[]): Statement[] {
  if (layout.profile.isDistributed) return spreadQueries(layout, runIds);
  const { schema } = layout;
  const values = [textArray(runIds)];
  const isOne = "= ANY ($1::text[])";
  const hanging = <Row>(columns: Columns<Row>, table: string, order: string): Statement => ({
    text: `SELECT ${columns.sql} FROM ${schema}.${table} WHERE run_id ${isOne} ORDER BY run_id, ${order}`,
    values,
  });
  const eventIds = `SELECT event_id FROM ${schema}.runs WHERE id ${isOne} AND event_ids IS NULL UNION ALL
    SELECT json_array_elements_text(event_ids::json) FROM ${schema}.runs WHERE id ${isOne} AND event_ids IS NOT NULL`;
  return [
    begin,
    { text: `SELECT ${runColumns.sql} FROM ${schema}.runs WHERE id ${isOne}`, values },
    hanging(stepColumns, "steps", "no"),
    { text: `SELECT ${eventColumns.sql} FROM ${schema}.events WHERE id IN (${eventIds})`, values },
    hanging(messageColumns, "messages", "seq"),
    hanging(waitColumns, "waits", "seq"),
    end,
  ];
}

function spreadQueries({ schema, profile }: Layout, values: string[]): Statement[] {
  const isSerial = profile.isolation === "SERIALIZABLE";
  const run = `SELECT ${runColumns.sql} FROM ${schema}.runs WHERE id = $1`;
  const hanging = <Row>(columns: Columns<Row>, table: string, order: string): Statement => ({
    text: `SELECT ${columns.sql} FROM ${schema}.${table} WHERE run_id = $1 ORDER BY ${order}`,
    values,
  });
  return [
    isSerial ? serialBegin : lockingBegin,
    { text: isSerial ? run : `${run} FOR SHARE`, values },
    hanging(stepColumns, "steps", "no"),
    none,
    hanging(messageColumns, "messages", "seq"),
    hanging(waitColumns, "waits", "seq"),
    end,
  ];
}

/** What {@link loadQueries} found, each in its order; the events are in none. */
export interface Findings {
  runs: RunRow[];
  steps: StepRow[];
  events: EventRow[];
  messages: MessageRow[];
  waits: WaitRow[];
}

export function findingsIn([, runs, steps, events, messages, waits]: Answer[]): Findings {
  return {
    runs: rowsOf(runColumns, runs),
    steps: rowsOf(stepColumns, steps),
    events: events?.rows[0]?.length === eventColumns.names.length ? rowsOf(eventColumns, events) : [],
    messages: rowsOf(messageColumns, messages),
    waits: rowsOf(waitColumns, waits),
  };
}

/** The runs, each with what is its own. */
export function loadedRuns({ runs, steps, events, messages, waits }: Findings): Map<string, LoadedRun> {
  const loaded = new Map<string, LoadedRun>();
  for (const run of runs) {
    const own = inOrder(events, eventIdsOf(run));
    loaded.set(run.id, { run, steps: [], events: own, messages: [], waits: [] });
  }
  for (const step of steps) loaded.get(step.runId)?.steps.push(step);
  for (const message of messages) loaded.get(message.runId)?.messages.push(message);
  for (const wait of waits) loaded.get(wait.runId)?.waits.push(wait);
  return loaded;
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
