import type { WaitRow } from "@stepfast/store";
import { replaceAllBut, toArrays, waitColumns } from "../columns.ts";
import { numberArray, textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import { matchOf } from "../wait-key.ts";
import type { Book } from "./book.ts";

interface WaitId {
  runId: string;
  stepId: string;
}

/** A wait of the database, opened after some look. */
interface Newer extends WaitId {
  seq: number;
}

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
  readonly #lookups = new Map<string, { name: string; key: string; after: number }>();
  readonly #byRun = new Map<string, WaitsOfRun>();
  readonly #newer = new Map<string, Newer[]>();
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
    this.#lookups.set(place, { name, key, after: Math.min(before, after) });
  }

  reads(schema: string): Query[] {
    const queries: Query[] = [];
    if (this.#wanted.length > 0) queries.push(this.#readStored(schema));
    if (this.#lookups.size > 0) queries.push(this.#readNewer(schema));
    return queries;
  }

  #readStored(schema: string): Query {
    const text = `SELECT w.run_id, w.step_id FROM unnest($1::text[], $2::text[]) AS u (run_id, step_id)
      JOIN ${schema}.waits w ON w.run_id = u.run_id AND w.step_id = u.step_id`;
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, stepId] of rows) this.#of(String(runId)).stored.add(String(stepId));
    };
    return { text, values: idArrays(this.#wanted), take };
  }

  #readNewer(schema: string): Query {
    const text = `SELECT w.name, w.key, w.run_id, w.step_id, w.seq
      FROM unnest($1::text[], $2::text[], $3::float8[]) AS u (name, match, after)
      JOIN ${schema}.waits w ON w.name = u.name AND w.match = u.match AND w.seq > u.after::bigint`;
    const lookups = [...this.#lookups.values()];
    const names = textArray(lookups.map(({ name }) => name));
    const matches = textArray(lookups.map(({ key }) => matchOf(key)));
    const values = [names, matches, numberArray(lookups.map(({ after }) => after))];
    const take: Query["take"] = ({ rows }) => {
      for (const [name, key, runId, stepId, seq] of rows) {
        const place = placeOf(String(name), String(key));
        const found = { runId: String(runId), stepId: String(stepId), seq: Number(seq) };
        this.#newer.set(place, [...(this.#newer.get(place) ?? []), found]);
      }
    };
    return { text, values, take };
  }

  isOpen({ runId, stepId }: WaitId): boolean {
    const waits = this.#of(runId);
    return waits.fresh.has(stepId) || (waits.stored.has(stepId) && !isGone(waits, stepId));
  }

  /** Whether something is open that was opened after the look. */
  hasNewer(name: string, key: string, after: number): boolean {
    const place = placeOf(name, key);
    if ((this.#freshByPlace.get(place) ?? 0) > 0) return true;
    const newer = this.#newer.get(place) ?? [];
    return newer.some(({ runId, stepId, seq }) => seq > after && !isGone(this.#of(runId), stepId));
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

  writes(schema: string): Query[] {
    const runs = [...this.#byRun];
    const ended = runs.flatMap(([runId, { areEnded }]) => (areEnded ? [runId] : []));
    const closed = runs.flatMap(([runId, waits]) =>
      waits.areEnded ? [] : [...waits.closed].map((stepId) => ({ runId, stepId })),
    );
    const statements: Query[] = [];
    if (ended.length > 0) statements.push(deleteAll(schema, ended));
    if (closed.length > 0) statements.push(deleteSome(schema, closed));
    if (this.#fresh.size > 0) statements.push(this.#upsert(schema));
    return statements;
  }

  #upsert(schema: string): Query {
    const rows = [...this.#fresh];
    const count = waitColumns.keys.length;
    const text = `INSERT INTO ${schema}.waits (${waitColumns.sql}, match)
      SELECT * FROM unnest(${waitColumns.arrays}, $${count + 1}::text[])
      ON CONFLICT (run_id, step_id) DO UPDATE SET ${updates} RETURNING seq`;
    const values = [...toArrays(waitColumns, rows), textArray(rows.map(({ key }) => matchOf(key)))];
    const take: Query["take"] = ({ rows: written }) => {
      for (const [seq] of written) this.#onSeq(Number(seq));
    };
    return { text, values, take };
  }
}

/** Whether the wait that the database has is closed, or another stands in its place. */
function isGone(waits: WaitsOfRun, stepId: string): boolean {
  return waits.areEnded || waits.closed.has(stepId) || waits.fresh.has(stepId);
}

function idArrays(ids: WaitId[]): Buffer[] {
  return [textArray(ids.map(({ runId }) => runId)), textArray(ids.map(({ stepId }) => stepId))];
}

function deleteAll(schema: string, runIds: string[]): Statement {
  return { text: `DELETE FROM ${schema}.waits WHERE run_id = ANY ($1::text[])`, values: [textArray(runIds)] };
}

function deleteSome(schema: string, closed: WaitId[]): Statement {
  const text = `DELETE FROM ${schema}.waits w USING unnest($1::text[], $2::text[]) AS u (run_id, step_id)
    WHERE w.run_id = u.run_id AND w.step_id = u.step_id`;
  return { text, values: idArrays(closed) };
}
