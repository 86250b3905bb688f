import type { WaitRow } from "@stepfast/store";
import { columns, replaceAllBut, waitColumns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { SeenWait, Sight } from "../looks.ts";
import type { Layout } from "../profile.ts";
import { matchOf } from "../wait-key.ts";
import type { Book } from "./book.ts";
import { idStatements, type RowSource, rowStatements } from "./row-statements.ts";
import { nextNumber } from "./serial-number.ts";

interface WaitId {
  runId: string;
  stepId: string;
}

/** The waits under a name and key that are of interest. */
interface Lookup {
  name: string;
  key: string;
  match: string;
  after: number;
}

const idColumns = columns<WaitId>({ runId: "text", stepId: "text" });
const lookupColumns = columns<Omit<Lookup, "key">>({ name: "text", match: "text", after: "number" });
const text = "text" as const;
const number = "number" as const;
const stored = {
  runId: text,
  stepId: text,
  kind: text,
  name: text,
  path: text,
  key: text,
  expression: text,
  eventId: text,
  createdAt: number,
  expiresAt: number,
  match: text,
};
const storedColumns = columns<WaitRow & { match: string }>(stored);
const numberedColumns = columns<WaitRow & { match: string; seq: number }>({ ...stored, seq: number });

interface WaitsOfRun {
  /** Open in the database, as far as they were asked for. */
  stored: Set<string>;
  /** To be written. */
  fresh: Map<string, WaitRow>;
  closed: Set<string>;
  areEnded: boolean;
}

const updates = `${replaceAllBut(waitColumns, ["run_id", "step_id"])}, match = excluded.match, seq = excluded.seq`;

function placeOf(name: string, key: string): string {
  return JSON.stringify([name, key]);
}

/** The waits of a batch, by run and by (name, key). */
export class WaitBook implements Book {
  readonly #wanted: WaitId[] = [];
  /** The oldest number after which waits are of interest, by (name, key). */
  readonly #lookups = new Map<string, Lookup>();
  readonly #byRun = new Map<string, WaitsOfRun>();
  readonly #newer = new Map<string, SeenWait[]>();
  /** In the order in which they are opened. */
  readonly #fresh = new Set<WaitRow>();
  readonly #freshByPlace = new Map<string, number>();
  readonly #onSeq: (seq: number) => void;

  /** `onSeq` hears of the numbers that waits get. */
  constructor(onSeq: (seq: number) => void) {
    this.#onSeq = onSeq;
  }

  want(id: WaitId): void {
    this.#wanted.push(id);
  }

  wantNewer(name: string, key: string, after: number): void {
    const place = placeOf(name, key);
    const before = this.#lookups.get(place)?.after ?? after;
    this.#lookups.set(place, { name, key, match: matchOf(key), after: Math.min(before, after) });
  }

  reads(layout: Layout): Query[] {
    return [...this.#readStored(layout), ...this.#readNewer(layout)];
  }

  #readStored(layout: Layout): Query[] {
    const text = ({ from, value }: RowSource) => `SELECT w.run_id, w.step_id
      FROM ${layout.schema}.waits w ${from(",")}
      WHERE w.run_id = ${value("run_id")} AND w.step_id = ${value("step_id")}`;
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, stepId] of rows) this.#of(String(runId)).stored.add(String(stepId));
    };
    return rowStatements(layout, idColumns, this.#wanted, text).map((query) => ({ ...query, take }));
  }

  #readNewer(layout: Layout): Query[] {
    const text = ({ from, value }: RowSource) => `SELECT w.name, w.key, w.run_id, w.step_id, w.seq
      FROM ${layout.schema}.waits w ${from(",")}
      WHERE w.name = ${value("name")} AND w.match = ${value("match")} AND w.seq > ${value("after")}::bigint`;
    const take: Query["take"] = ({ rows }) => {
      for (const [name, key, runId, stepId, seq] of rows) {
        const place = placeOf(String(name), String(key));
        const found = { runId: String(runId), stepId: String(stepId), seq: Number(seq) };
        this.#newer.set(place, [...(this.#newer.get(place) ?? []), found]);
      }
    };
    const lookups = [...this.#lookups.values()];
    return rowStatements(layout, lookupColumns, lookups, text).map((query) => ({ ...query, take }));
  }

  isOpen({ runId, stepId }: WaitId): boolean {
    const waits = this.#of(runId);
    return waits.fresh.has(stepId) || (waits.stored.has(stepId) && !isGone(waits, stepId));
  }

  /** Whether something is open that was not there when somebody looked. */
  hasUnseen(name: string, key: string, sight: Sight): boolean {
    const place = placeOf(name, key);
    if ((this.#freshByPlace.get(place) ?? 0) > 0) return true;
    const newer = this.#newer.get(place) ?? [];
    return newer.some((wait) => !sight.includes(wait) && !isGone(this.#of(wait.runId), wait.stepId));
  }

  open(row: WaitRow): void {
    const { fresh } = this.#of(row.runId);
    this.#drop(fresh, row.stepId);
    fresh.set(row.stepId, row);
    this.#fresh.add(row);
    this.#countFresh(row, 1);
  }

  close({ runId, stepId }: WaitId): void {
    const waits = this.#of(runId);
    this.#drop(waits.fresh, stepId);
    waits.closed.add(stepId);
  }

  end(runId: string): void {
    const waits = this.#of(runId);
    for (const stepId of [...waits.fresh.keys()]) this.#drop(waits.fresh, stepId);
    waits.areEnded = true;
  }

  #drop(fresh: Map<string, WaitRow>, stepId: string): void {
    const row = fresh.get(stepId);
    if (row === undefined) return;
    fresh.delete(stepId);
    this.#fresh.delete(row);
    this.#countFresh(row, -1);
  }

  #countFresh({ name, key }: WaitRow, by: number): void {
    const place = placeOf(name, key);
    this.#freshByPlace.set(place, (this.#freshByPlace.get(place) ?? 0) + by);
  }

  #of(runId: string): WaitsOfRun {
    let waits = this.#byRun.get(runId);
    if (waits === undefined) {
      waits = { stored: new Set(), fresh: new Map(), closed: new Set(), areEnded: false };
      this.#byRun.set(runId, waits);
    }
    return waits;
  }

  writes(layout: Layout): Query[] {
    const runs = [...this.#byRun];
    const ended = runs.flatMap(([runId, { areEnded }]) => (areEnded ? [runId] : []));
    const closed = runs.flatMap(([runId, waits]) =>
      waits.areEnded ? [] : [...waits.closed].map((stepId) => ({ runId, stepId })),
    );
    return [...deleteAll(layout, ended), ...deleteSome(layout, closed), ...this.#upsert(layout)];
  }

  #upsert(layout: Layout): Query[] {
    const fresh = [...this.#fresh].map((row) => ({ ...row, match: matchOf(row.key) }));
    const conflict = `ON CONFLICT (run_id, step_id) DO UPDATE SET ${updates} RETURNING seq`;
    const insert = (sql: string, rows: string) =>
      `INSERT INTO ${layout.schema}.waits (${sql}) ${rows} ${conflict}`;
    const statements = layout.profile.isDistributed
      ? rowStatements(
          layout,
          numberedColumns,
          fresh.map((row) => ({ ...row, seq: nextNumber() })),
          ({ rows }) => insert(numberedColumns.sql, rows),
        )
      : rowStatements(layout, storedColumns, fresh, ({ rows }) => insert(storedColumns.sql, rows));
    const take: Query["take"] = ({ rows: written }) => {
      for (const [seq] of written) this.#onSeq(Number(seq));
    };
    return statements.map((statement) => ({ ...statement, take }));
  }
}

/** Whether the wait that the database has is closed, or another stands in its place. */
function isGone(waits: WaitsOfRun, stepId: string): boolean {
  return waits.areEnded || waits.closed.has(stepId) || waits.fresh.has(stepId);
}

function deleteAll(layout: Layout, runIds: string[]): Statement[] {
  return idStatements(layout, runIds, (is) => `DELETE FROM ${layout.schema}.waits WHERE run_id ${is}`);
}

function deleteSome(layout: Layout, closed: WaitId[]): Statement[] {
  return rowStatements(
    layout,
    idColumns,
    closed,
    ({ from, value }) => `DELETE FROM ${layout.schema}.waits w ${from("USING")}
      WHERE w.run_id = ${value("run_id")} AND w.step_id = ${value("step_id")}`,
  );
}
