import { StepfastError } from "@stepfast/protocol";
import type { AttemptRow, MetadataRow, StepRow } from "@stepfast/store";
import {
  attemptColumns,
  type Columns,
  metadataColumns,
  replaceAllBut,
  source,
  stepColumns,
  toArrays,
} from "../columns.ts";
import { numberArray, textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";
import type { HeldRuns } from "./held-runs.ts";

interface Place {
  stepId: string;
  status: string;
  /** To be written. */
  row: StepRow | null;
}

function placeOf(row: { runId: string; no: number }): string {
  return `${row.no} ${row.runId}`;
}

const updates = replaceAllBut(stepColumns, ["run_id", "no", "step_id"]);

/** Adds rows to a table that is only ever added to. */
function appended<Row>(table: string, columns: Columns<Row>, rows: Row[]): Statement[] {
  if (rows.length === 0) return [];
  const text = `INSERT INTO ${table} (${columns.sql}) SELECT * FROM unnest(${columns.arrays})`;
  return [{ text, values: toArrays(columns, rows) }];
}

/** The steps of a batch, their attempts, and what was noted of them. */
export class StepBook implements Book {
  readonly #wanted = new Map<string, { runId: string; no: number }>();
  readonly #places = new Map<string, Place>();
  readonly #attempts: AttemptRow[] = [];
  readonly #metadata: MetadataRow[] = [];
  readonly #lastNos = new Map<string, number>();
  #areNew = false;

  want(row: { runId: string; no: number }): void {
    this.#wanted.set(placeOf(row), row);
  }

  reads(schema: string): Query[] {
    if (this.#wanted.size === 0) return [];
    const wanted = [...this.#wanted.values()];
    const text = `SELECT s.run_id, s.no, s.step_id, s.status
      FROM unnest($1::text[], $2::float8[]) AS u (run_id, no)
      JOIN ${schema}.steps s ON s.run_id = u.run_id AND s.no = u.no::int`;
    const values = [textArray(wanted.map(({ runId }) => runId)), numberArray(wanted.map(({ no }) => no))];
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, no, stepId, status] of rows) {
        const place = placeOf({ runId: String(runId), no: Number(no) });
        this.#places.set(place, { stepId: String(stepId), status: String(status), row: null });
      }
    };
    return [{ text, values, take }];
  }

  /** Takes all steps for new ones; false if one is not beyond the last. Writing one that is not new will fail. */
  foretell(held: HeldRuns): boolean {
    this.#areNew = true;
    return [...this.#wanted.values()].every(({ runId, no }) => no > (held.get(runId)?.lastNo ?? Infinity));
  }

  /** The last of a run's steps that were written. */
  lastNo(runId: string): number | undefined {
    return this.#lastNos.get(runId);
  }

  /** The first of the rows that is settled already. Throws if one is under the number of another step. */
  findSettled(rows: StepRow[], requireRun: (runId: string) => void): StepRow | undefined {
    const written = new Map<string, StepRow>();
    return rows.find((row) => {
      requireRun(row.runId);
      const place = placeOf(row);
      const before = written.get(place) ?? this.#places.get(place);
      if (before !== undefined && before.stepId !== row.stepId) throw misplaced(row, before.stepId);
      written.set(place, row);
      return before?.status === "completed" || before?.status === "failed";
    });
  }

  write(row: StepRow): void {
    this.#places.set(placeOf(row), { stepId: row.stepId, status: row.status, row });
    this.#lastNos.set(row.runId, Math.max(row.no, this.#lastNos.get(row.runId) ?? -1));
  }

  addAttempt(row: AttemptRow): void {
    this.#attempts.push(row);
  }

  addMetadata(row: MetadataRow): void {
    this.#metadata.push(row);
  }

  writes(schema: string): Statement[] {
    const rows = [...this.#places.values()].flatMap(({ row }) => (row === null ? [] : [row]));
    const statements: Statement[] = [];
    if (rows.length > 0) {
      const { from, values } = source(stepColumns, rows);
      const text = `INSERT INTO ${schema}.steps (${stepColumns.sql}) ${from}
        ${this.#areNew ? "" : `ON CONFLICT (run_id, no) DO UPDATE SET ${updates}`}`;
      statements.push({ text, values });
    }
    statements.push(...appended(`${schema}.attempts`, attemptColumns, this.#attempts));
    statements.push(...appended(`${schema}.metadata`, metadataColumns, this.#metadata));
    return statements;
  }
}

function misplaced({ runId, no, stepId }: StepRow, found: string): StepfastError {
  return new StepfastError("internal", `Step ${no} of run ${runId} is ${found}, not ${stepId}.`);
}
