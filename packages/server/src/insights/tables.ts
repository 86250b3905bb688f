import type { EventRow, RunRow } from "@stepfast/store";
import { isoText, isoTime } from "../views/envelope.ts";
import { sessionsOf } from "../views/event.ts";

export type Cell = string | number | null;

/** A table that a query may ask. */
export interface InsightsTable<Row> {
  name: string;
  description: string;
  columns: { name: string; type: "TEXT" | "INTEGER"; value(row: Row): Cell }[];
}

const durationMs = ({ endedAt, startedAt, queuedAt }: RunRow) =>
  endedAt === null ? null : endedAt - (startedAt ?? queuedAt);

export const runsTable: InsightsTable<RunRow> = {
  name: "runs",
  description: "Runs, by when they were queued. Times are ISO texts, output is JSON.",
  columns: [
    { name: "id", type: "TEXT", value: (row) => row.id },
    { name: "function_id", type: "TEXT", value: (row) => row.functionId },
    { name: "app_id", type: "TEXT", value: (row) => row.appId },
    { name: "status", type: "TEXT", value: (row) => row.status.toUpperCase() },
    { name: "origin", type: "TEXT", value: (row) => row.origin },
    { name: "event_id", type: "TEXT", value: (row) => row.eventId },
    { name: "parent_run_id", type: "TEXT", value: (row) => row.parentRunId },
    { name: "queued_at", type: "TEXT", value: (row) => isoText(row.queuedAt) },
    { name: "started_at", type: "TEXT", value: (row) => isoTime(row.startedAt) },
    { name: "ended_at", type: "TEXT", value: (row) => isoTime(row.endedAt) },
    { name: "duration_ms", type: "INTEGER", value: durationMs },
    { name: "attempt", type: "INTEGER", value: (row) => row.attempt },
    { name: "output", type: "TEXT", value: (row) => row.output },
  ],
};

export const eventsTable: InsightsTable<EventRow> = {
  name: "events",
  description:
    "Events that were sent, by when they were received. Times are ISO texts; data, user and sessions are JSON.",
  columns: [
    { name: "id", type: "TEXT", value: (row) => row.id },
    { name: "key", type: "TEXT", value: (row) => row.key },
    { name: "name", type: "TEXT", value: (row) => row.name },
    { name: "data", type: "TEXT", value: (row) => row.data },
    { name: "user", type: "TEXT", value: (row) => row.user },
    { name: "v", type: "TEXT", value: (row) => row.v },
    { name: "ts", type: "TEXT", value: (row) => isoText(row.ts) },
    { name: "received_at", type: "TEXT", value: (row) => isoText(row.receivedAt) },
    { name: "sessions", type: "TEXT", value: (row) => JSON.stringify(sessionsOf(row)) },
  ],
};

/** A table with its rows, as it goes to the thread that asks it. */
export interface FilledTable {
  name: string;
  columns: { name: string; type: string }[];
  rows: Cell[][];
}

export function filled<Row>({ name, columns }: InsightsTable<Row>, rows: Row[]): FilledTable {
  return {
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
    rows: rows.map((row) => columns.map((column) => column.value(row))),
  };
}
