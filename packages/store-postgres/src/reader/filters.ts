import {
  type DocumentFilter,
  type EventFilter,
  type GateFilter,
  pageSize,
  type RunFilter,
} from "@stepfast/store";
import { columnName, documentColumns, eventColumns, gateColumns, runColumns } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Parameter, Statement } from "../connection/pipeline.ts";

/** Conditions that must all hold. */
class Conditions {
  readonly parameters: Parameter[] = [];
  readonly #terms: string[] = [];

  /** The place of a new parameter, `$1`… */
  parameter(value: Parameter): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }

  add(term: string): void {
    this.#terms.push(term);
  }

  /** Adds the comparison if there is a value to compare with. */
  compareText(comparison: string, value: string | undefined): void {
    if (value !== undefined) this.add(`${comparison} ${this.parameter(value)}::text`);
  }

  compareNumber(comparison: string, value: number | undefined): void {
    if (value !== undefined) this.add(`${comparison} ${this.parameter(value)}::float8`);
  }

  isIn(column: string, values: string[] | undefined): void {
    if (values !== undefined) this.add(`${column} = ANY (${this.parameter(textArray(values))}::text[])`);
  }

  get sql(): string {
    return this.#terms.length === 0 ? "" : `WHERE ${this.#terms.join(" AND ")}`;
  }
}

export function runQuery(schema: string, filter: RunFilter): Statement {
  const { order = "desc", timeField = "queuedAt" } = filter;
  const where = new Conditions();
  where.compareText("event_id =", filter.eventId);
  where.compareText("parent_run_id =", filter.parentRunId);
  where.compareText("original_run_id =", filter.originalRunId);
  const [onlyFunction, ...others] = filter.functionIds ?? [];
  if (onlyFunction !== undefined && others.length === 0) where.compareText("function_id =", onlyFunction);
  else where.isIn("function_id", filter.functionIds);
  where.isIn("status", filter.status);
  where.isIn("app_id", filter.appIds);
  where.isIn("origin", filter.origins);
  where.compareNumber(`${columnName(timeField)} >=`, filter.from);
  where.compareNumber(`${columnName(timeField)} <`, filter.until);
  where.compareText(order === "asc" ? "id >" : "id <", filter.cursor);
  const sorted = `ORDER BY id ${order === "asc" ? "ASC" : "DESC"} LIMIT ${pageSize(filter.limit)}`;
  const text = `SELECT ${runColumns.sql} FROM ${schema}.runs ${where.sql} ${sorted}`;
  return { text, values: where.parameters };
}

export function documentQuery(schema: string, filter: DocumentFilter): Statement {
  const text = `SELECT ${documentColumns.sql} FROM ${schema}.documents
    WHERE kind = $1 AND id > $2 ORDER BY id LIMIT ${pageSize(filter.limit)}`;
  return { text, values: [filter.kind, filter.cursor ?? ""] };
}

export function eventQuery(schema: string, filter: EventFilter): Statement {
  const where = new Conditions();
  where.compareText("name =", filter.name);
  where.compareNumber("received_at >", filter.receivedAfter);
  where.compareNumber("received_at <", filter.receivedBefore);
  if (filter.excludeSystem === true) where.add("substr(name, 1, 8) <> 'inngest/'");
  where.compareText("id <", filter.cursor);
  const sorted = `ORDER BY id DESC LIMIT ${pageSize(filter.limit)}`;
  const text = `SELECT ${eventColumns.sql} FROM ${schema}.events ${where.sql} ${sorted}`;
  return { text, values: where.parameters };
}

export function gateQuery(schema: string, filter: GateFilter): Statement {
  const where = new Conditions();
  where.compareText("function_id =", filter.functionId);
  where.isIn("kind", filter.kinds);
  where.compareText("id >", filter.cursor);
  const text = `SELECT ${gateColumns.sql} FROM ${schema}.gates ${where.sql}
    ORDER BY id LIMIT ${pageSize(filter.limit)}`;
  return { text, values: where.parameters };
}
