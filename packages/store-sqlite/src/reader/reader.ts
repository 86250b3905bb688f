import {
  type AppRow,
  type AttemptRow,
  asListed,
  type DocumentFilter,
  type DocumentRow,
  type EventFilter,
  type EventRow,
  type FunctionRow,
  type LoadedRun,
  type LoadOptions,
  type MessageRow,
  type MetadataRow,
  type RunFilter,
  type RunRow,
  type StepRow,
  valuePlaces,
  type WaitMatches,
} from "@stepfast/store";
import {
  appColumns,
  attemptColumns,
  type Columns,
  documentColumns,
  eventColumns,
  functionColumns,
  messageColumns,
  metadataColumns,
  runColumns,
  stepColumns,
  toRow,
  toStepRow,
  waitColumns,
} from "../columns.ts";
import { type Database, getRow, getRows, openDatabase, type SqlRow, type SqlValue } from "../driver.ts";
import { boundQuery, documentQuery, eventQuery, runQuery, type Walk } from "./filters.ts";
import { GateReader } from "./gate-reader.ts";
import { LargeValues } from "./large-values.ts";
import { Statements } from "./statements.ts";

const select = {
  run: `SELECT rid, ${runColumns.sql} FROM runs WHERE id = ?`,
  steps: `SELECT ${stepColumns.sql} FROM steps WHERE rid = ? ORDER BY no`,
  stepsOf: `SELECT ${stepColumns.sql} FROM steps
    WHERE rid = ? AND op IN (SELECT value FROM json_each(?)) ORDER BY no`,
  // By the index, then by arrival: a run has few.
  messages: `SELECT ${messageColumns.sql} FROM messages WHERE rid = ? ORDER BY rowid`,
  waits: `SELECT ${waitColumns.sql} FROM waits INDEXED BY waits_by_run WHERE rid = ? ORDER BY seq`,
  attempts: `SELECT ${attemptColumns.sql} FROM attempts WHERE rid = ? ORDER BY ended_at, rowid`,
  metadata: `SELECT ${metadataColumns.sql} FROM metadata WHERE rid = ? ORDER BY rowid`,
  event: `SELECT ${eventColumns.sql} FROM events WHERE id = ?`,
  paths: "SELECT path FROM wait_paths WHERE name = ? ORDER BY path",
  matches: `SELECT seq, ${waitColumns.sql} FROM waits WHERE name = ? AND key = ?`,
  wakeAt: `SELECT wake_at FROM runs
    WHERE wake_at IS NOT NULL AND owner IS NULL AND status IN ('queued', 'running') ORDER BY wake_at LIMIT 1`,
  apps: `SELECT ${appColumns.sql} FROM apps ORDER BY id`,
  document: `SELECT ${documentColumns.sql} FROM documents WHERE kind = ? AND id = ?`,
  functions: `SELECT ${functionColumns.sql} FROM functions ORDER BY id`,
};

/** Reads on a connection of its own. Each method sees one state of the database and lets go of it before it returns. */
export class Reader {
  readonly #db: Database;
  readonly #statements: Statements;
  readonly #largeValues: LargeValues;
  readonly gates: GateReader;

  constructor(path: string) {
    this.#db = openDatabase(path, { readOnly: true });
    this.#db.exec("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
    this.#statements = new Statements(this.#db);
    this.gates = new GateReader(this.#statements);
    this.#largeValues = new LargeValues(this.#statements);
  }

  close(): void {
    this.#db.close();
  }

  getRun(runId: string): RunRow | null {
    const found = getRow(this.#statements.sql(select.run), runId);
    return found === undefined ? null : this.wholeRun(toRow(runColumns, found.slice(1)));
  }

  /** With its output; null: it went a moment ago. */
  wholeRun(run: RunRow): RunRow | null {
    const output = this.#largeValues.whole(run.output, run.id, valuePlaces.output);
    if (output === run.output) return run;
    return output === undefined ? null : { ...run, output };
  }

  #wholeStep(runId: string, values: SqlRow, longest: number): StepRow {
    const step = asListed(toStepRow(runId, values), "output", longest);
    const output = this.#largeValues.whole(step.output, runId, valuePlaces.step(step.no));
    if (output !== step.output) step.output = output ?? null;
    const opts = this.#largeValues.whole(step.opts, runId, valuePlaces.opts(step.no));
    if (opts !== step.opts) step.opts = opts ?? null;
    return step;
  }

  loadRun(runId: string, { longestOutput = Infinity }: LoadOptions = {}): LoadedRun | null {
    return this.#statements.inOneState(() => {
      const found = getRow(this.#statements.sql(select.run), runId);
      if (found === undefined) return null;
      const [rid = null, ...values] = found;
      const run = this.wholeRun(toRow(runColumns, values));
      if (run === null) return null;
      const eventIds: string[] = run.eventIds === null ? [run.eventId] : JSON.parse(run.eventIds);
      return {
        run,
        steps: getRows(this.#statements.sql(select.steps), rid).map((values) =>
          this.#wholeStep(runId, values, longestOutput),
        ),
        events: this.#events(eventIds),
        messages: this.#messages(runId, rid),
        waits: this.#statements.rows(waitColumns, { sql: select.waits, parameters: [rid] }),
      };
    });
  }

  /** The id that many rows further along the walk; undefined: there are fewer. */
  bound(walk: Walk, cursor: string | undefined, rows: number): string | undefined {
    const { sql, parameters } = boundQuery(walk, cursor, rows);
    return getRow(this.#statements.sql(sql), ...parameters)?.[0]?.toString();
  }

  /** `bound`: the last id that is looked at. */
  listRuns(filter: RunFilter, bound?: string): RunRow[] {
    const rows = this.#statements.rows(runColumns, runQuery(filter, bound));
    return rows.flatMap((row) => this.wholeRun(asListed(row, "output")) ?? []);
  }

  listMetadata(runId: string): MetadataRow[] {
    return this.#statements.inOneState(() => {
      const rid = getRow(this.#statements.sql(select.run), runId)?.[0];
      return rid === undefined ? [] : this.#ofRun(runId, metadataColumns, select.metadata, rid);
    });
  }

  listSteps({ runId, ops }: { runId: string; ops: string[] }): StepRow[] {
    return this.#statements.inOneState(() => {
      const rid = getRow(this.#statements.sql(select.run), runId)?.[0];
      if (rid === undefined) return [];
      const rows = getRows(this.#statements.sql(select.stepsOf), rid, JSON.stringify(ops));
      return rows.map((values) => this.#wholeStep(runId, values, Infinity));
    });
  }

  listAttempts(runId: string): AttemptRow[] {
    return this.#statements.inOneState(() => {
      const rid = getRow(this.#statements.sql(select.run), runId)?.[0];
      return rid === undefined ? [] : this.#ofRun(runId, attemptColumns, select.attempts, rid);
    });
  }

  getEvents(ids: string[]): EventRow[] {
    return this.#statements.inOneState(() => this.#events(ids));
  }

  listEvents(filter: EventFilter, bound?: string): EventRow[] {
    const rows = this.#statements.rows(eventColumns, eventQuery(filter, bound));
    return rows.flatMap((row) => this.#wholeEvent(asListed(row, "data")));
  }

  waitPaths(name: string): string[] {
    return getRows(this.#statements.sql(select.paths), name).map(([path]) => String(path));
  }

  /** `lastSeq`: of the newest wait that is known to be written, so that this read sees it and all before it. */
  findWaits(params: { name: string; keys: string[]; now: number }, lastSeq: number): WaitMatches {
    return this.#statements.inOneState(() => {
      const paths = this.waitPaths(params.name).length;
      const matches = this.#statements.sql(select.matches);
      const rows = [...new Set(params.keys)].flatMap((key) => getRows(matches, params.name, key));
      rows.sort(([a], [b]) => Number(a) - Number(b));
      const version = Math.max(lastSeq, Number(rows.at(-1)?.[0] ?? 0));
      const waits = rows.map((values) => toRow(waitColumns, values.slice(1)));
      const isOpen = (wait: { expiresAt: number | null }) =>
        wait.expiresAt === null || wait.expiresAt > params.now;
      return { waits: waits.filter(isOpen), paths, version };
    });
  }

  nextWakeAt(): number | null {
    return (getRow(this.#statements.sql(select.wakeAt))?.[0] ?? null) as number | null;
  }

  listApps(): AppRow[] {
    return this.#statements.rows(appColumns, { sql: select.apps, parameters: [] });
  }

  listFunctions(): FunctionRow[] {
    return this.#statements.rows(functionColumns, { sql: select.functions, parameters: [] });
  }

  getDocument(kind: string, id: string): DocumentRow | null {
    const [row = null] = this.#statements.rows(documentColumns, {
      sql: select.document,
      parameters: [kind, id],
    });
    return row;
  }

  listDocuments(filter: DocumentFilter): DocumentRow[] {
    return this.#statements.rows(documentColumns, documentQuery(filter));
  }

  #events(ids: string[]): EventRow[] {
    const statement = this.#statements.sql(select.event);
    return ids.flatMap((id) => {
      const found = getRow(statement, id);
      return found === undefined ? [] : this.#wholeEvent(toRow(eventColumns, found));
    });
  }

  #wholeEvent(row: EventRow): EventRow[] {
    const data = this.#largeValues.whole(row.data, row.id, valuePlaces.data) ?? undefined;
    if (data === row.data) return [row];
    return data === undefined ? [] : [{ ...row, data }];
  }

  #messages(runId: string, rid: SqlValue): MessageRow[] {
    return this.#ofRun(runId, messageColumns, select.messages, rid).flatMap((message) => {
      const { payload, id } = message;
      const whole = this.#largeValues.whole(payload, runId, valuePlaces.message(id));
      if (whole === payload) return message;
      return typeof whole === "string" ? { ...message, payload: whole } : [];
    });
  }

  #ofRun<Row>(runId: string, columns: Columns<Row>, sql: string, rid: SqlValue): (Row & { runId: string })[] {
    return this.#statements.rows(columns, { sql, parameters: [rid] }).map((row) => ({ runId, ...row }));
  }
}
