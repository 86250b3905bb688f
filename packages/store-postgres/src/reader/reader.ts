import { StepfastError } from "@stepfast/protocol";
import type {
  AppRow,
  AttemptRow,
  EventFilter,
  EventRow,
  FunctionRow,
  LoadedRun,
  MetadataRow,
  News,
  RunFilter,
  RunRow,
  WaitMatches,
  WaitRow,
} from "@stepfast/store";
import {
  appColumns,
  attemptColumns,
  type Columns,
  eventColumns,
  functionColumns,
  metadataColumns,
  runColumns,
  toRow,
  waitColumns,
} from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Connections } from "../connection/connections.ts";
import { reasonOf } from "../connection/failure.ts";
import type { Answer, SqlRow, Statement } from "../connection/pipeline.ts";
import type { Looks } from "../looks.ts";
import { matchOf } from "../wait-key.ts";
import type { Doubts } from "../writer/doubts.ts";
import { eventQuery, runQuery } from "./filters.ts";
import { newsOf, newsQuery } from "./news.ts";
import { attemptQuery, inOrder, loadedRun, loadQueries, metadataQuery } from "./run-queries.ts";

/** Reads. Each method sees the database as it is at one moment. */
export class Reader {
  readonly #connections: Connections;
  readonly #schema: string;
  readonly #doubts: Doubts;
  readonly #looks: Looks;

  constructor(options: { connections: Connections; schema: string; doubts: Doubts; looks: Looks }) {
    this.#connections = options.connections;
    this.#schema = options.schema;
    this.#doubts = options.doubts;
    this.#looks = options.looks;
  }

  async getRun(runId: string): Promise<RunRow | null> {
    const text = `SELECT ${runColumns.sql} FROM ${this.#schema}.runs WHERE id = $1`;
    const [run = null] = await this.#rows(runColumns, { text, values: [runId] });
    return run;
  }

  async loadRun(runId: string): Promise<LoadedRun | null> {
    return loadedRun(await this.#ask(loadQueries(this.#schema, runId)));
  }

  listRuns(filter: RunFilter): Promise<RunRow[]> {
    return this.#rows(runColumns, runQuery(this.#schema, filter));
  }

  listMetadata(runId: string): Promise<MetadataRow[]> {
    return this.#rows(metadataColumns, metadataQuery(this.#schema, runId));
  }

  listAttempts(runId: string): Promise<AttemptRow[]> {
    return this.#rows(attemptColumns, attemptQuery(this.#schema, runId));
  }

  async getEvents(ids: string[]): Promise<EventRow[]> {
    const text = `SELECT ${eventColumns.sql} FROM ${this.#schema}.events WHERE id = ANY ($1::text[])`;
    return inOrder(await this.#rows(eventColumns, { text, values: [textArray(ids)] }), ids);
  }

  listEvents(filter: EventFilter): Promise<EventRow[]> {
    return this.#rows(eventColumns, eventQuery(this.#schema, filter));
  }

  async waitPaths(name: string): Promise<string[]> {
    const text = `SELECT path FROM ${this.#schema}.wait_paths WHERE name = $1 ORDER BY path`;
    const [answer] = await this.#ask([{ text, values: [name] }]);
    return (answer?.rows ?? []).map(([path]) => String(path));
  }

  /** One statement: paths and waits as they are at one moment. */
  async findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    const keys = [...new Set(params.keys)];
    const columns = waitColumns.names.map((name) => `w.${name}`).join(", ");
    const text = `SELECT p.paths, w.seq, ${columns}
      FROM (SELECT count(*) AS paths FROM ${this.#schema}.wait_paths WHERE name = $1) p
      LEFT JOIN ${this.#schema}.waits w ON w.name = $1 AND w.match = ANY ($2::text[]) ORDER BY w.seq`;
    const [answer] = await this.#ask([{ text, values: [params.name, textArray(keys.map(matchOf))] }]);
    const rows = answer?.rows ?? [];
    const found = rows.flatMap((row) => openWait(row, keys));
    const waits = found.flatMap(({ wait }) =>
      wait.expiresAt === null || wait.expiresAt > params.now ? [wait] : [],
    );
    return { waits, paths: Number(rows[0]?.[0] ?? 0), version: this.#version(params.name, keys, found) };
  }

  #version(name: string, keys: string[], found: FoundWait[]): number {
    const newest = new Map(keys.map((key) => [key, 0]));
    for (const { seq, wait } of found) newest.set(wait.key, Math.max(seq, newest.get(wait.key) ?? 0));
    return this.#looks.remember(name, newest);
  }

  async nextWakeAt(): Promise<number | null> {
    const text = `SELECT wake_at FROM ${this.#schema}.runs
      WHERE wake_at IS NOT NULL AND owner IS NULL AND status IN ('queued', 'running') ORDER BY wake_at LIMIT 1`;
    const [answer] = await this.#ask([{ text }]);
    const wakeAt = answer?.rows[0]?.[0] ?? null;
    return wakeAt === null ? null : Number(wakeAt);
  }

  /** `now`: of leases; null is the database's own. */
  async news(owner: string, now: number | null): Promise<News> {
    const [answer] = await this.#ask([newsQuery(this.#schema, owner, now)]);
    return newsOf(answer);
  }

  listApps(): Promise<AppRow[]> {
    return this.#rows(appColumns, { text: `SELECT ${appColumns.sql} FROM ${this.#schema}.apps ORDER BY id` });
  }

  listFunctions(): Promise<FunctionRow[]> {
    const text = `SELECT ${functionColumns.sql} FROM ${this.#schema}.functions ORDER BY id`;
    return this.#rows(functionColumns, { text });
  }

  async #rows<Row>(columns: Columns<Row>, statement: Statement): Promise<Row[]> {
    const [answer] = await this.#ask([statement]);
    return (answer?.rows ?? []).map((values) => toRow(columns, values));
  }

  async #ask(statements: Statement[]): Promise<Answer[]> {
    try {
      await this.#doubts.settle();
      return await this.#connections.read(statements);
    } catch (error) {
      if (StepfastError.is(error)) throw error;
      throw new StepfastError("store_unavailable", `The store could not read: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

interface FoundWait {
  seq: number;
  wait: WaitRow;
}

/** A row of paths and a wait; where there is no wait its columns are null. */
function openWait(row: SqlRow, keys: string[]): FoundWait[] {
  const seq = row[1] ?? null;
  if (seq === null) return [];
  const wait = toRow(waitColumns, row, 2);
  return keys.includes(wait.key) ? [{ seq: Number(seq), wait }] : [];
}
