import { asListed } from "../large-value.ts";
import { pageSize } from "../page-size.ts";
import type { EventRow, ParkedRun, RunRow } from "../records.ts";
import type { EventFilter, LoadedRun, LoadOptions, RunFilter, Store } from "../store.ts";
import type { StoredRun } from "./run-table.ts";
import type { Tables } from "./tables.ts";

export function listRuns(tables: Tables, filter: RunFilter): RunRow[] {
  const size = pageSize(filter.limit);
  const found: RunRow[] = [];
  for (const id of candidates(tables, filter)) {
    const run = tables.runs.get(id);
    if (run !== undefined && matchesRun(run.row, filter)) found.push(asListed({ ...run.row }, "output"));
    if (found.length === size) break;
  }
  return found;
}

function candidates(tables: Tables, filter: RunFilter): Iterable<string> {
  const { cursor, order = "desc" } = filter;
  const narrow = indexed(tables, filter);
  if (narrow === undefined) {
    return order === "asc" ? tables.runs.ids.ascending(cursor) : tables.runs.ids.descending(cursor);
  }
  const ids = narrow.sort();
  if (order === "asc") return ids.filter((id) => cursor === undefined || id > cursor);
  return ids.filter((id) => cursor === undefined || id < cursor).reverse();
}

function indexed(tables: Tables, filter: RunFilter): string[] | undefined {
  if (filter.eventId !== undefined) return tables.runs.byEvent.get(filter.eventId);
  if (filter.originalRunId !== undefined) return tables.runs.byOriginal.get(filter.originalRunId);
  if (filter.parentRunId !== undefined) return tables.runs.byParent.get(filter.parentRunId);
  return undefined;
}

function isIn<T>(value: T, allowed: T[] | undefined): boolean {
  return allowed === undefined || allowed.includes(value);
}

function matchesRun(row: RunRow, filter: RunFilter): boolean {
  return (
    isIn(row.status, filter.status) &&
    isIn(row.functionId, filter.functionIds) &&
    isIn(row.appId, filter.appIds) &&
    isIn(row.origin, filter.origins) &&
    isIn(row.eventId, filter.eventId === undefined ? undefined : [filter.eventId]) &&
    isIn(row.parentRunId, filter.parentRunId === undefined ? undefined : [filter.parentRunId]) &&
    isIn(row.originalRunId, filter.originalRunId === undefined ? undefined : [filter.originalRunId]) &&
    isInTime(row, filter)
  );
}

function isInTime(row: RunRow, { timeField = "queuedAt", from, until }: RunFilter): boolean {
  if (from === undefined && until === undefined) return true;
  const time = row[timeField];
  return time !== null && (from === undefined || time >= from) && (until === undefined || time < until);
}

export function listEvents(tables: Tables, filter: EventFilter): EventRow[] {
  const size = pageSize(filter.limit);
  const found: EventRow[] = [];
  for (const id of tables.eventIds.descending(filter.cursor)) {
    const row = tables.events.get(id);
    if (row !== undefined && matchesEvent(row, filter)) found.push(asListed({ ...row }, "data"));
    if (found.length === size) break;
  }
  return found;
}

function matchesEvent(row: EventRow, filter: EventFilter): boolean {
  return (
    (filter.name === undefined || row.name === filter.name) &&
    (filter.receivedAfter === undefined || row.receivedAt > filter.receivedAfter) &&
    (filter.receivedBefore === undefined || row.receivedAt < filter.receivedBefore) &&
    !(filter.excludeSystem === true && row.name.startsWith("inngest/"))
  );
}

/** In the order asked for; unknown ones are left out. */
export function getEvents(tables: Tables, ids: string[]): EventRow[] {
  return ids.flatMap((id) => {
    const row = tables.events.get(id);
    return row === undefined ? [] : [{ ...row }];
  });
}

export function loadRun(
  tables: Tables,
  run: StoredRun,
  { longestOutput = Infinity }: LoadOptions = {},
): LoadedRun {
  const eventIds: string[] = run.row.eventIds === null ? [run.row.eventId] : JSON.parse(run.row.eventIds);
  return {
    run: { ...run.row },
    steps: [...run.steps.values()]
      .sort((a, b) => a.no - b.no)
      .map((row) => asListed({ ...row }, "output", longestOutput)),
    events: getEvents(tables, eventIds),
    messages: [...run.messages.values()].map((row) => ({ ...row })),
    waits: [...run.waits.values()].sort((a, b) => a.seq - b.seq).map(({ row }) => ({ ...row })),
  };
}

export function listParked(tables: Tables, params: Parameters<Store["listParked"]>[0]): ParkedRun[] {
  const { gate, after, limit } = params;
  return tables.runs.parked.list(gate, after, limit).map((runId) => {
    const { id, functionId, appId, rank, flow, queuedAt, startBy, epoch } = tables.runs.require(runId).row;
    return { id, functionId, appId, rank, flow, queuedAt, startBy, epoch };
  });
}
