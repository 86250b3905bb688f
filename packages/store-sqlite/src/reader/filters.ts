import type { DocumentFilter, EventFilter, GateFilter, RunFilter } from "@stepfast/store";
import { documentColumns, eventColumns, gateColumns, runColumns, snakeCase } from "../columns.ts";
import type { SqlValue } from "../driver.ts";

/** A query and what goes into its marks. */
export interface Query {
  sql: string;
  parameters: SqlValue[];
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 400;

function pageSize(limit: number | undefined): number {
  return Math.max(1, Math.min(MAX_LIMIT, limit ?? DEFAULT_LIMIT));
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

export function runQuery(filter: RunFilter): Query {
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
  const sql = `SELECT ${runColumns.sql} FROM runs ${where.sql} ORDER BY id ${order === "asc" ? "ASC" : "DESC"} LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}

export function documentQuery(filter: DocumentFilter): Query {
  const sql = `SELECT ${documentColumns.sql} FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`;
  return { sql, parameters: [filter.kind, filter.cursor ?? "", pageSize(filter.limit)] };
}

export function eventQuery(filter: EventFilter): Query {
  const where = new Conditions();
  where.compare("name = ?", filter.name);
  where.compare("received_at > ?", filter.receivedAfter);
  where.compare("received_at < ?", filter.receivedBefore);
  if (filter.excludeSystem === true) where.add("substr(name, 1, 8) <> 'inngest/'");
  where.compare("id < ?", filter.cursor);
  const sql = `SELECT ${eventColumns.sql} FROM events ${where.sql} ORDER BY id DESC LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}

export function gateQuery(filter: GateFilter): Query {
  const where = new Conditions();
  where.compare("function_id = ?", filter.functionId);
  where.isIn("kind", filter.kinds);
  where.compare("id > ?", filter.cursor);
  const sql = `SELECT ${gateColumns.sql} FROM gates ${where.sql} ORDER BY id LIMIT ?`;
  return { sql, parameters: [...where.parameters, pageSize(filter.limit)] };
}
