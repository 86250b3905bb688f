import type { PruneParams, PruneResult, RunStatus } from "@stepfast/store";
import { columns } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import { failureKind } from "../connection/failure.ts";
import { type Answer, type Ask, rowCount, type SqlRow, type Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import { idStatements, type RowSource, rowStatements } from "../writer/row-statements.ts";
import { deleteRuns, findBatches, forgetLarge } from "./deletions.ts";
import { PrunePlace } from "./prune-place.ts";
import { RunTrees } from "./run-trees.ts";

/** Runs whose rows are deleted in one transaction, at most. */
const MAX_RUNS = 500;
const MAX_ROWS = 1_000;
const MAX_ATTEMPTS = 10;

const expiredColumns = columns<{ scope: string; key: string; before: number }>({
  scope: "text",
  key: "text",
  before: "number",
});

/**
 * Looks first and deletes what it found: what was due stays due, for nobody writes to what has ended. Each portion is a
 * few reads and short transactions, beside the writer: it holds nobody up.
 */
export class Pruner {
  readonly #layout: Layout;
  readonly #schema: string;
  readonly #ask: Ask;

  constructor(layout: Layout, ask: Ask) {
    this.#layout = layout;
    this.#schema = layout.schema;
    this.#ask = ask;
  }

  async prune(params: PruneParams): Promise<PruneResult> {
    const place = PrunePlace.parse(params.cursor);
    const limit = Math.max(1, params.limit);
    if (place.stage === "runs") return this.#pruneRuns(place, params, limit);
    if (params.eventsBefore === null) return { runs: 0, events: 0, cursor: null };
    if (place.stage === "keys") return this.#pruneKeys(params.eventsBefore);
    return this.#pruneEvents(place, params.eventsBefore, Math.min(limit, MAX_ROWS));
  }

  async #pruneRuns(place: PrunePlace, { endedBefore }: PruneParams, limit: number): Promise<PruneResult> {
    const times = timesOf(endedBefore);
    const events = PrunePlace.at("events");
    if (times.size === 0) return { runs: 0, events: 0, cursor: events.cursor };
    const text = `SELECT id, queued_at, status, ended_at, parent_run_id FROM ${this.#schema}.runs
      WHERE id > $1::text ORDER BY id LIMIT $2::int`;
    const rows = await this.#rows({ text, values: [place.after, limit] });
    const trees = new RunTrees(this.#schema, this.#ask, (status, endedAt) => isDue(times, status, endedAt));
    const runs = await this.#delete(await trees.find(rows));
    const next = place.past(rows, Math.max(...times.values()));
    const isOver = rows.length < limit || (await this.#isPast(next, "runs", "queued_at", rows));
    return { runs, events: 0, cursor: (isOver ? events : next).cursor };
  }

  /** What is left if the process dies in between is a tree that is due. Returns how many went. */
  async #delete(leavesFirst: string[]): Promise<number> {
    let count = 0;
    for (let i = 0; i < leavesFirst.length; i += MAX_RUNS) {
      const ids = leavesFirst.slice(i, i + MAX_RUNS);
      const found = await this.#rows(findBatches(this.#layout, ids));
      const batches = found.map(([id, eventIds = null]) => ({ id: String(id), eventIds }));
      const { statements, runs } = deleteRuns(this.#layout, ids, batches);
      count += countOf((await this.#write(statements)).slice(-runs));
    }
    return count;
  }

  async #pruneEvents(place: PrunePlace, before: number, limit: number): Promise<PruneResult> {
    const text = `SELECT id, received_at FROM ${this.#schema}.events WHERE id > $1::text ORDER BY id LIMIT $2::int`;
    const rows = await this.#rows({ text, values: [place.after, limit] });
    const old = rows.flatMap(([id, receivedAt]) => (Number(receivedAt) < before ? [String(id)] : []));
    const used = old.length === 0 ? new Set() : await this.#usedOf(old);
    const ids = old.filter((id) => !used.has(id));
    const count = ids.length === 0 ? 0 : await this.#deleteEvents(ids);
    const next = place.past(rows, before);
    const isOver = rows.length < limit || (await this.#isPast(next, "events", "received_at", rows));
    return { runs: 0, events: count, cursor: (isOver ? PrunePlace.at("keys") : next).cursor };
  }

  async #deleteEvents(ids: string[]): Promise<number> {
    const remove = (is: string) => `DELETE FROM ${this.#schema}.events WHERE id ${is}`;
    const events = idStatements(this.#layout, ids, remove);
    const answers = await this.#write([...forgetLarge(this.#layout, ids), ...events]);
    return countOf(answers.slice(-events.length));
  }

  async #usedOf(eventIds: string[]): Promise<Set<string>> {
    const find = (table: string) => ({
      text: `SELECT DISTINCT event_id FROM ${this.#schema}.${table} WHERE event_id = ANY ($1::text[])`,
      values: [textArray(eventIds)],
    });
    const answers = await this.#ask([find("runs"), find("batch_events")]);
    return new Set(answers.flatMap(({ rows }) => rows.map(([id]) => String(id))));
  }

  async #pruneKeys(before: number): Promise<PruneResult> {
    const text = `SELECT scope, key FROM ${this.#schema}.keys WHERE expires_at <= $1::float8 LIMIT ${MAX_ROWS}`;
    const rows = await this.#rows({ text, values: [before] });
    const keys = rows.map(([scope, key]) => ({ scope: String(scope), key: String(key), before }));
    const remove = ({ from, value }: RowSource) => `DELETE FROM ${this.#schema}.keys k ${from("USING")}
      WHERE k.scope = ${value("scope")} AND k.key = ${value("key")} AND k.expires_at <= ${value("before")}`;
    if (rows.length > 0) await this.#write(rowStatements(this.#layout, expiredColumns, keys, remove));
    const isOver = rows.length < MAX_ROWS;
    return { runs: 0, events: 0, cursor: isOver ? null : PrunePlace.at("keys").cursor };
  }

  /** Unless a clock was wrong: then the newest row has an earlier time than this one. */
  async #isPast(place: PrunePlace, table: string, column: string, rows: SqlRow[]): Promise<boolean> {
    if (!place.isLate) return false;
    const text = `SELECT ${column} FROM ${this.#schema}.${table} ORDER BY id DESC LIMIT 1`;
    const [newest] = await this.#rows({ text });
    return Number(newest?.[0] ?? 0) >= Number(rows.at(-1)?.[1] ?? 0);
  }

  /** Others may be in the way: then nothing was done, and it is tried again. */
  async #write(statements: Statement[]): Promise<Answer[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask(statements);
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (attempt === MAX_ATTEMPTS || cause === undefined || failureKind(cause) !== "contention")
          throw error;
      }
    }
  }

  async #rows(statement: Statement): Promise<SqlRow[]> {
    const [answer] = await this.#ask([statement]);
    return answer?.rows ?? [];
  }
}

function countOf(answers: Answer[]): number {
  return answers.reduce((sum, answer) => sum + rowCount(answer), 0);
}

/** Of what has ended; what is live is never due. */
function timesOf(endedBefore: PruneParams["endedBefore"]): Map<string, number> {
  const live: string[] = ["queued", "running"] satisfies RunStatus[];
  return new Map(
    Object.entries(endedBefore).filter(([status, time]) => time !== undefined && !live.includes(status)),
  );
}

function isDue(times: Map<string, number>, status: string | null, endedAt: string | null): boolean {
  const before = times.get(status ?? "");
  return before !== undefined && endedAt !== null && Number(endedAt) < before;
}
