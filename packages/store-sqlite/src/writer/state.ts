import { StepfastError } from "@stepfast/protocol";
import { type Database, getRow, prepare, type SqlParameter, type Statement } from "../driver.ts";
import { type RunHead, RunHeads } from "./run-heads.ts";

const MAX_PATHS = 10_000;

/** The writer's connection, its statements, and what it remembers between batches. */
export class WriterState {
  readonly db: Database;
  readonly heads: RunHeads;
  /** Of the newest wait. */
  lastSeq: number;
  /** Whether the request at hand has written something. */
  isDirty = false;
  readonly #statements = new Map<string, Statement>();
  readonly #knownPaths = new Set<string>();
  #lastRid: number;

  constructor(db: Database) {
    this.db = db;
    this.heads = new RunHeads(db);
    this.lastSeq = this.#max("SELECT max(seq) FROM waits");
    this.#lastRid = this.#max("SELECT max(rid) FROM runs");
  }

  /** A statement, prepared once. */
  sql(text: string): Statement {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = prepare(this.db, text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Writes, and returns how many rows changed. */
  write(text: string, ...parameters: SqlParameter[]): number {
    this.isDirty = true;
    return Number(this.sql(text).run(...parameters).changes);
  }

  nextRid(): number {
    this.#lastRid += 1;
    return this.#lastRid;
  }

  nextSeq(): number {
    this.lastSeq += 1;
    return this.lastSeq;
  }

  requireRun(id: string): RunHead {
    const head = this.heads.get(id);
    if (head === undefined) throw new StepfastError("internal", `There is no run ${id} to write to.`);
    return head;
  }

  /** True the first time since the start, or since too many were remembered. */
  isNewPath(name: string, path: string): boolean {
    const identity = JSON.stringify([name, path]);
    if (this.#knownPaths.has(identity)) return false;
    if (this.#knownPaths.size >= MAX_PATHS) this.#knownPaths.clear();
    this.#knownPaths.add(identity);
    return true;
  }

  /** After a rollback: what was remembered may not have happened. Numbers already given are not given again. */
  forget(): void {
    this.heads.clear();
    this.#knownPaths.clear();
  }

  #max(text: string): number {
    return Number(getRow(prepare(this.db, text))?.[0] ?? 0);
  }
}
