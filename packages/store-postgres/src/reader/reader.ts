import { StepfastError } from "@stepfast/protocol";
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
  type News,
  type RunFilter,
  type RunRow,
  type StepRow,
  valuePlaces,
  type WaitMatches,
  type WaitRow,
} from "@stepfast/store";
import {
  appColumns,
  attemptColumns,
  type Columns,
  documentColumns,
  eventColumns,
  functionColumns,
  metadataColumns,
  runColumns,
  stepColumns,
  toRow,
  waitColumns,
} from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Connections } from "../connection/connections.ts";
import { reasonOf } from "../connection/failure.ts";
import type { Answer, Parameter, SqlRow, Statement } from "../connection/pipeline.ts";
import type { Looks, SeenWait } from "../looks.ts";
import type { Layout } from "../profile.ts";
import { matchOf } from "../wait-key.ts";
import type { Doubts } from "../writer/doubts.ts";
import { documentQuery, eventQuery, runQuery } from "./filters.ts";
import { GateReader } from "./gate-reader.ts";
import { LargeValues } from "./large-values.ts";
import { newsOf, newsQuery } from "./news.ts";
import { RunLoader } from "./run-loader.ts";
import {
  attemptQuery,
  eventIdsOf,
  findingsIn,
  inOrder,
  loadedRuns,
  loadQueries,
  metadataQuery,
} from "./run-queries.ts";
import { spreadNewsOf, spreadNewsQueries } from "./spread-news.ts";

/** Runs that are read in one transaction, at most. */
const RUNS_AT_ONCE = 32;

/** Reads. Each method sees the database as it is at one moment. */
export class Reader {
  readonly #connections: Connections;
  readonly #layout: Layout;
  readonly #schema: string;
  readonly #doubts: Doubts;
  readonly #looks: Looks;
  readonly #largeValues: LargeValues;
  readonly #loader: RunLoader;
  readonly gates: GateReader;

  constructor(options: { connections: Connections; layout: Layout; doubts: Doubts; looks: Looks }) {
    this.#connections = options.connections;
    this.#layout = options.layout;
    this.#schema = options.layout.schema;
    this.#doubts = options.doubts;
    this.#looks = options.looks;
    this.#largeValues = new LargeValues(options.layout, (statements) => this.ask(statements));
    const atOnce = options.layout.profile.isDistributed ? 1 : RUNS_AT_ONCE;
    this.#loader = new RunLoader((runIds, longest) => this.#loadRuns(runIds, longest), atOnce);
    this.gates = new GateReader(this.#schema, (columns, statement) => this.#rows(columns, statement));
  }

  async getRun(runId: string): Promise<RunRow | null> {
    const text = `SELECT ${runColumns.sql} FROM ${this.#schema}.runs WHERE id = $1`;
    const [run = null] = await this.wholeRuns(await this.#rows(runColumns, { text, values: [runId] }));
    return run;
  }

  loadRun(runId: string, options?: LoadOptions): Promise<LoadedRun | null> {
    return this.#loader.load(runId, options);
  }

  async #loadRuns(runIds: string[], longestOutput: number): Promise<Map<string, LoadedRun>> {
    const found = findingsIn(await this.ask(loadQueries(this.#layout, runIds)));
    const runs = await this.wholeRuns(found.runs);
    const { isDistributed } = this.#layout.profile;
    const events = isDistributed
      ? await this.getEvents(runs.flatMap(eventIdsOf))
      : await this.#wholeEvents(found.events);
    const place = ({ runId, no }: StepRow) => ({ home: runId, place: valuePlaces.step(no) });
    const listed = found.steps.map((step) => asListed(step, "output", longestOutput));
    const steps = await this.#largeValues.whole(await this.#withOpts(listed), "output", place);
    return loadedRuns({ ...found, runs, events, steps, messages: await this.#wholeMessages(found.messages) });
  }

  #withOpts(steps: StepRow[]): Promise<StepRow[]> {
    const place = ({ runId, no }: StepRow) => ({ home: runId, place: valuePlaces.opts(no) });
    return this.#largeValues.whole(steps, "opts", place);
  }

  /** One that was taken in meanwhile is left out. */
  #wholeMessages(rows: MessageRow[]): Promise<MessageRow[]> {
    const place = ({ runId, id }: MessageRow) => ({ home: runId, place: valuePlaces.message(id) });
    return this.#largeValues.whole(rows, "payload", place);
  }

  /** With their outputs. */
  wholeRuns(rows: RunRow[]): Promise<RunRow[]> {
    return this.#largeValues.whole(rows, "output", ({ id }) => ({ home: id, place: valuePlaces.output }));
  }

  #wholeEvents(rows: EventRow[]): Promise<EventRow[]> {
    return this.#largeValues.whole(rows, "data", ({ id }) => ({ home: id, place: valuePlaces.data }));
  }

  async listRuns(filter: RunFilter): Promise<RunRow[]> {
    const rows = await this.#rows(runColumns, runQuery(this.#schema, filter));
    return this.wholeRuns(rows.map((row) => asListed(row, "output")));
  }

  listMetadata(runId: string): Promise<MetadataRow[]> {
    return this.#rows(metadataColumns, metadataQuery(this.#schema, runId));
  }

  async listSteps({ runId, ops }: { runId: string; ops: string[] }): Promise<StepRow[]> {
    const text = `SELECT ${stepColumns.sql} FROM ${this.#schema}.steps
      WHERE run_id = $1 AND op = ANY ($2::text[]) ORDER BY no`;
    const steps = await this.#rows(stepColumns, { text, values: [runId, textArray(ops)] });
    const place = ({ no }: StepRow) => ({ home: runId, place: valuePlaces.step(no) });
    return await this.#largeValues.whole(await this.#withOpts(steps), "output", place);
  }

  listAttempts(runId: string): Promise<AttemptRow[]> {
    return this.#rows(attemptColumns, attemptQuery(this.#schema, runId));
  }

  async getEvents(ids: string[]): Promise<EventRow[]> {
    const text = `SELECT ${eventColumns.sql} FROM ${this.#schema}.events WHERE id = ANY ($1::text[])`;
    const rows = await this.#rows(eventColumns, { text, values: [textArray(ids)] });
    return inOrder(await this.#wholeEvents(rows), ids);
  }

  async listEvents(filter: EventFilter): Promise<EventRow[]> {
    const rows = await this.#rows(eventColumns, eventQuery(this.#schema, filter));
    return this.#wholeEvents(rows.map((row) => asListed(row, "data")));
  }

  async schemaVersion(): Promise<number> {
    const [answer] = await this.askAtOnce([
      { text: `SELECT version FROM ${this.#schema}.schema_version WHERE id = 1` },
    ]);
    return Number(answer?.rows[0]?.[0] ?? 0);
  }

  async waitPaths(name: string): Promise<string[]> {
    const text = `SELECT path FROM ${this.#schema}.wait_paths WHERE name = $1 ORDER BY path`;
    const [answer] = await this.ask([{ text, values: [name] }]);
    return (answer?.rows ?? []).map(([path]) => String(path));
  }

  /** One statement: paths and waits as they are at one moment. */
  async findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    const keys = [...new Set(params.keys)];
    const values = [params.name, textArray(keys.map(matchOf))];
    const rows = this.#layout.profile.isDistributed
      ? await this.#findApart(values)
      : await this.#findAtOnce(values);
    const found = rows.flatMap((row) => openWait(row, keys));
    const waits = found.flatMap(({ wait }) =>
      wait.expiresAt === null || wait.expiresAt > params.now ? [wait] : [],
    );
    return { waits, paths: Number(rows[0]?.[0] ?? 0), version: this.#version(params.name, keys, found) };
  }

  /** How many paths there are, then a wait's number and columns, in each row. */
  async #findAtOnce(values: Parameter[]): Promise<SqlRow[]> {
    const columns = waitColumns.names.map((name) => `w.${name}`).join(", ");
    const text = `SELECT p.paths, w.seq, ${columns}
      FROM (SELECT count(*) AS paths FROM ${this.#schema}.wait_paths WHERE name = $1) p
      LEFT JOIN ${this.#schema}.waits w ON w.name = $1 AND w.match = ANY ($2::text[]) ORDER BY w.seq`;
    const [answer] = await this.ask([{ text, values }]);
    return answer?.rows ?? [];
  }

  /** The same where the two tables lie apart. Paths first: whoever relies on fewer than there are has to look again. */
  async #findApart([name = null, matches = null]: Parameter[]): Promise<SqlRow[]> {
    const [paths, waits] = await this.ask([
      { text: `SELECT count(*) FROM ${this.#schema}.wait_paths WHERE name = $1::text`, values: [name] },
      {
        text: `SELECT seq, ${waitColumns.sql} FROM ${this.#schema}.waits
          WHERE name = $1::text AND match = ANY ($2::text[]) ORDER BY seq`,
        values: [name, matches],
      },
    ]);
    const count = paths?.rows[0]?.[0] ?? null;
    const rows = waits?.rows ?? [];
    return rows.length === 0 ? [[count]] : rows.map((row) => [count, ...row]);
  }

  #version(name: string, keys: string[], found: FoundWait[]): number {
    const seen = new Map<string, SeenWait[]>(keys.map((key) => [key, []]));
    for (const { seq, wait } of found) seen.get(wait.key)?.push({ ...wait, seq });
    return this.#looks.remember(name, seen);
  }

  async nextWakeAt(): Promise<number | null> {
    const text = `SELECT wake_at FROM ${this.#schema}.runs
      WHERE wake_at IS NOT NULL AND owner IS NULL AND status IN ('queued', 'running') ORDER BY wake_at LIMIT 1`;
    const [answer] = await this.ask([{ text }]);
    const wakeAt = answer?.rows[0]?.[0] ?? null;
    return wakeAt === null ? null : Number(wakeAt);
  }

  /** `now`: of leases; null is the database's own. */
  async news(owner: string, now: number | null): Promise<News> {
    const answers = this.#layout.profile.isDistributed
      ? await this.ask(spreadNewsQueries(this.#schema, owner, now))
      : await this.ask([newsQuery(this.#schema, owner, now)]);
    const news = this.#layout.profile.isDistributed ? spreadNewsOf(answers, owner) : newsOf(answers[0]);
    return { ...news, messages: await this.#wholeMessages(news.messages) };
  }

  listApps(): Promise<AppRow[]> {
    return this.#rows(appColumns, { text: `SELECT ${appColumns.sql} FROM ${this.#schema}.apps ORDER BY id` });
  }

  listFunctions(): Promise<FunctionRow[]> {
    const text = `SELECT ${functionColumns.sql} FROM ${this.#schema}.functions ORDER BY id`;
    return this.#rows(functionColumns, { text });
  }

  async getDocument(kind: string, id: string): Promise<DocumentRow | null> {
    const text = `SELECT ${documentColumns.sql} FROM ${this.#schema}.documents WHERE kind = $1 AND id = $2`;
    const [row = null] = await this.#rows(documentColumns, { text, values: [kind, id] });
    return row;
  }

  listDocuments(filter: DocumentFilter): Promise<DocumentRow[]> {
    return this.#rows(documentColumns, documentQuery(this.#schema, filter));
  }

  async #rows<Row>(columns: Columns<Row>, statement: Statement): Promise<Row[]> {
    const [answer] = await this.ask([statement]);
    return (answer?.rows ?? []).map((values) => toRow(columns, values));
  }

  /** Statements that change nothing, or nothing that is wanted: they may be sent twice. */
  ask(statements: readonly Statement[]): Promise<Answer[]> {
    return told(async () => {
      await this.#doubts.settle();
      return await this.#connections.read(statements);
    });
  }

  /** Without waiting for other reads or for what is in doubt: for what has nothing to do with it. */
  askAtOnce(statements: Statement[]): Promise<Answer[]> {
    return told(() => this.#connections.ask(statements));
  }
}

async function told(asking: () => Promise<Answer[]>): Promise<Answer[]> {
  try {
    return await asking();
  } catch (error) {
    if (StepfastError.is(error)) throw error;
    throw new StepfastError("store_unavailable", `PostgreSQL does not answer: ${reasonOf(error)}`, {
      cause: error,
    });
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
