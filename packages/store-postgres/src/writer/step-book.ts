import { StepfastError } from "@stepfast/protocol";
import { type AttemptRow, type MetadataRow, type StepRow, valuePlaces } from "@stepfast/store";
import { attemptColumns, columns, metadataColumns, replaceAllBut, stepColumns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import { appendedRows } from "./appended-rows.ts";
import type { Book } from "./book.ts";
import type { HeldRuns } from "./held-runs.ts";
import { LargeValues } from "./large-values.ts";
import { type RowSource, rowStatements } from "./row-statements.ts";

interface Place {
  stepId: string;
  status: string;
  /** To be written. */
  row: StepRow | null;
}

function placeOf(row: { runId: string; no: number }): string {
  return `${row.no} ${row.runId}`;
}

const stepIdColumns = columns<Pick<StepRow, "runId" | "no">>({ runId: "text", no: "number" });
const updates = replaceAllBut(stepColumns, ["run_id", "no", "step_id"]);

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

  reads(layout: Layout): Query[] {
    const text = ({ from, value }: RowSource) => `SELECT s.run_id, s.no, s.step_id, s.status
      FROM ${layout.schema}.steps s ${from(",")}
      WHERE s.run_id = ${value("run_id")} AND s.no = ${value("no")}::int`;
    const wanted = [...this.#wanted.values()].map(({ runId, no }) => ({ runId, no }));
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, no, stepId, status] of rows) {
        const place = placeOf({ runId: String(runId), no: Number(no) });
        this.#places.set(place, { stepId: String(stepId), status: String(status), row: null });
      }
    };
    return rowStatements(layout, stepIdColumns, wanted, text).map((statement) => ({ ...statement, take }));
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

  writes(layout: Layout): Statement[] {
    const large = new LargeValues(layout);
    const steps = [...this.#places.values()].flatMap(({ row }) => {
      if (row === null) return [];
      const output = large.apart(row.output, row.runId, valuePlaces.step(row.no));
      const opts = large.apart(row.opts, row.runId, valuePlaces.opts(row.no));
      const isPlain = output === row.output && opts === row.opts;
      return [isPlain ? row : { ...row, output: output ?? null, opts: opts ?? null }];
    });
    const into = `INSERT INTO ${layout.schema}.steps (${stepColumns.sql})`;
    const conflict = this.#areNew ? "" : `ON CONFLICT (run_id, no) DO UPDATE SET ${updates}`;
    return [
      ...rowStatements(layout, stepColumns, steps, ({ rows }) => `${into} ${rows} ${conflict}`),
      ...large.writes(),
      ...appendedRows(layout, "attempts", attemptColumns, this.#attempts),
      ...appendedRows(layout, "metadata", metadataColumns, this.#metadata),
    ];
  }
}

function misplaced({ runId, no, stepId }: StepRow, found: string): StepfastError {
  return new StepfastError("internal", `Step ${no} of run ${runId} is ${found}, not ${stepId}.`);
}
