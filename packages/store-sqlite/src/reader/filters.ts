import {
  type DocumentFilter,
  type EventFilter,
  type GateFilter,
  pageSize,
  type RunFilter,
} from "@stepfast/store";
import { documentColumns, eventColumns, gateColumns, runColumns, snakeCase } from "../columns.ts";
import type { SqlValue } from "../driver.ts";

/** A query and what goes into its marks. */
export interface Query {
  sql: string;
  parameters: SqlValue[];
}

/**
 * The index that a list goes along, and what it is told to leave out as it goes: where it may have to pass many rows for
 * the few that it wants, it is made in portions, each of them up to a bound (included).
 */
export interface Walk {
  table: "runs" | "events" | "gates";
  /** What the index begins with. */
  column?: "function_id" | "name" | undefined;
  value?: string | undefined;
  isAscending: boolean;
}

/** The id of the row that many rows further on. */
export function boundQuery(walk: Walk, cursor: string | undefined, rows: number): Query {
  const where = new Conditions();
  if (walk.column !== undefined) where.compare(`${walk.column} = ?`, walk.value);
  where.compare(walk.isAscending ? "id > ?" : "id < ?", cursor);
  const order = walk.isAscending ? "ASC" : "DESC";
  const sql = `SELECT id FROM ${walk.table} ${where.sql} ORDER BY id ${order} LIMIT 1 OFFSET ?`;
  return { sql, parameters: [...where.parameters, rows - 1] };
}

/** Null: what the filter leaves out is not passed one by one. */
export function runWalk(filter: RunFilter): Walk | null {
  const {
    eventId,
    parentRunId,
    originalRunId,
    functionIds = [],
    status,
    appIds,
    origins,
    from,
    until,
  } = filter;
  if ((eventId ?? parentRunId ?? originalRunId) !== undefined) return null;
  const isExact = [status, appIds, origins, from, until].every((given) => given === undefined);
  if (isExact && functionIds.length < 2) return null;
  const isAscending = filter.order === "asc";
  return functionIds.length === 1
    ? { table: "runs", column: "function_id", value: functionIds[0], isAscending }
    : { table: "runs", isAscending };
}

export function eventWalk({ name, receivedAfter, receivedBefore, excludeSystem }: EventFilter): Walk | null {
  const isExact =
    [receivedAfter, receivedBefore].every((given) => given === undefined) && excludeSystem !== true;
  if (isExact) return null;
  return {
    table: "events",
    column: name === undefined ? undefined : "name",
    value: name,
    isAscending: false,
  };
}

export function gateWalk({ functionId, kinds }: GateFilter): Walk | null {
  if (kinds === undefined) return null;
  const column = functionId === undefined ? undefined : "function_id";
  return { table: "gates", column, value: functionId, isAscending: true };
}

/** Conditions that must all hold. */
class Conditions {
  readonly parameters: SqlValue[] = [];
  readonly #terms: string[] = [];

  add(term: string, ...parameters: SqlValue[]): void {
    this.#terms.push(term);
    this.parameters.push(...parameters);
  }

  /** Adds the term if there is a value to compare with. */
  compare(term: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.add(term, value);
  }

  isIn(column: string, values: string[] | undefined): void {
    if (values === undefined) return;
    this.add(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values));
  }

  get sql(): string {
    return this.#terms.length === 0 ? "" : `WHERE ${this.#terms.join(" AND ")}`;
  }
}

/** `bound`: the last id that is looked at. */
export function runQuery(filter: RunFilter, bound?: string): Query {
  const { order = "desc", timeField = "queuedAt" } = filter;
  const where = new Conditions();
  where.compare("event_id = ?", filter.eventId);
  where.compare("parent_run_id = ?", filter.parentRunId);
  where.compare("original_run_id = ?", filter.originalRunId);
  const [onlyFunction, ...others] = filter.functionIds ?? [];
  if (onlyFunction !== undefined && others.length === 0) where.add("function_id = ?", onlyFunction);
  else where.isIn("+function_id", filter.functionIds);
  where.isIn("status", filter.status);
  where.isIn("app_id", filter.appIds);
  where.isIn("origin", filter.origins);
  where.compare(`${snakeCase(timeField)} >= ?`, filter.from);
  where.compare(`${snakeCase(timeField)} < ?`, filter.until);
  where.compare(order === "asc" ? "id > ?" : "id < ?", filter.cursor);
  where.compare(order === "asc" ? "id <= ?" : "id >= ?", bound);
  const sql = `SELECT ${runColumns.sql} FROM runs ${where.sql} ORDER BY id ${order === "asc" ? "ASC" : "DESC"} LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}

export function documentQuery(filter: DocumentFilter): Query {
  const sql = `SELECT ${documentColumns.sql} FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`;
  return { sql, parameters: [filter.kind, filter.cursor ?? "", pageSize(filter.limit)] };
}

export function eventQuery(filter: EventFilter, bound?: string): Query {
  const where = new Conditions();
  where.compare("name = ?", filter.name);
  where.compare("received_at > ?", filter.receivedAfter);
  where.compare("received_at < ?", filter.receivedBefore);
  if (filter.excludeSystem === true) where.add("substr(name, 1, 8) <> 'inngest/'");
  where.compare("id < ?", filter.cursor);
  where.compare("id >= ?", bound);
  const sql = `SELECT ${eventColumns.sql} FROM events ${where.sql} ORDER BY id DESC LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}

export function gateQuery(filter: GateFilter, bound?: string): Query {
  const where = new Conditions();
  where.compare("function_id = ?", filter.functionId);
  where.isIn("kind", filter.kinds);
  where.compare("id > ?", filter.cursor);
  where.compare("id <= ?", bound);
  const sql = `SELECT ${gateColumns.sql} FROM gates ${where.sql} ORDER BY id LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}
