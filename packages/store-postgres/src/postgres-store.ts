import { StepfastError } from "@stepfast/protocol";
import {
  type AppRow,
  type AttemptRow,
  type ChangeSet,
  type CommitResult,
  type DocumentFilter,
  type DocumentRow,
  type EventFilter,
  type EventRow,
  type FunctionRow,
  type GateFilter,
  type GateRow,
  GroupCommit,
  type LoadedRun,
  type LoadOptions,
  type MetadataRow,
  type News,
  type Outcome,
  type ParkedRun,
  type PruneParams,
  type PruneResult,
  type RunFilter,
  type RunRow,
  type SharedStore,
  type StepRow,
  type Store,
  type WaitMatches,
} from "@stepfast/store";
import type { Connections } from "./connection/connections.ts";
import { Places } from "./connection/places.ts";
import type { HintFeed } from "./hint-feed.ts";
import { Looks } from "./looks.ts";
import { tooNew } from "./migrate.ts";
import type { Layout } from "./profile.ts";
import { Pruner } from "./prune/pruner.ts";
import { Reader } from "./reader/reader.ts";
import { migrations } from "./schema/migrations.ts";
import { deleteDocument, putDocument } from "./writer/documents.ts";
import { Doubts } from "./writer/doubts.ts";
import { HeldRuns } from "./writer/held-runs.ts";
import { hintAll } from "./writer/hints.ts";
import { KnownPaths } from "./writer/path-book.ts";
import { type AppParams, deleteApp, putApp, setFunction } from "./writer/registry.ts";
import { bytesOf, type Call, commitRequest, type Request } from "./writer/request.ts";
import {
  type Claim,
  type Heartbeat,
  type LeaseClock,
  RECLAIM_CHUNK,
  type Reclaimed,
  SessionCalls,
  type Sessions,
} from "./writer/sessions.ts";
import { SpreadSessions } from "./writer/spread-sessions.ts";
import { endStalledClients } from "./writer/stalled-clients.ts";
import { Writer } from "./writer/writer.ts";

export interface PostgresStoreParts {
  connections: Connections;
  layout: Layout;
  leaseClock: LeaseClock;
  /** Of the newest wait at the start. */
  newestWait: number;
  /** Undefined: there are no hints. */
  hints: HintFeed | undefined;
}

/** For the writer and for reads that steps wait for. */
const CONNECTIONS_KEPT = 4;
/** Parts of what is of no use any more that are taken away at a time. */
const MAX_TIDIES = 20;

/** The storage contract on PostgreSQL. Writes share transactions, one at a time; reads are made as they are asked. */
export class PostgresStore implements SharedStore {
  readonly #connections: Connections;
  readonly #layout: Layout;
  readonly #hints: HintFeed | undefined;
  readonly #leaseClock: LeaseClock;
  readonly #sessions: Sessions;
  readonly #reader: Reader;
  readonly #commits: GroupCommit<Request, unknown>;
  /** Lists may take long: they leave connections to what steps need. */
  readonly #lists: Places;
  #closing: Promise<void> | undefined;
  /** When the batch that is being written left; infinite: none is. */
  #writingSince = Number.POSITIVE_INFINITY;
  /** Why nothing can be done any more, though the store is open. */
  #ended: StepfastError | undefined;
  #reads = 0;
  #onLastRead = () => {};

  constructor({ connections, layout, leaseClock, newestWait, hints }: PostgresStoreParts) {
    const { schema, profile } = layout;
    this.#connections = connections;
    this.#lists = new Places(Math.max(1, connections.max - CONNECTIONS_KEPT));
    this.#layout = layout;
    this.#hints = hints;
    this.#leaseClock = leaseClock;
    this.#sessions = profile.isDistributed
      ? new SpreadSessions(schema, leaseClock)
      : new SessionCalls(schema, leaseClock);
    const looks = new Looks(newestWait, { areOrdered: !profile.isDistributed });
    const doubts = new Doubts(connections, layout);
    this.#reader = new Reader({ connections, layout, doubts, looks });
    const memory = { looks, paths: new KnownPaths(), held: new HeldRuns(), channel: hints?.channel };
    const writer = new Writer({ connections, layout, doubts, memory });
    this.#commits = new GroupCommit((batch) => this.#write(writer, batch), { bytesOf });
  }

  async #write(writer: Writer, batch: Request[]): Promise<Outcome<unknown>[]> {
    this.#writingSince = performance.now();
    try {
      return await writer.write(batch);
    } finally {
      this.#writingSince = Number.POSITIVE_INFINITY;
    }
  }

  // Not an async function: this is the path of every step.
  commit(changes: ChangeSet): Promise<CommitResult> {
    return this.#submit(commitRequest(changes)) as Promise<CommitResult>;
  }

  async heartbeat(params: Heartbeat): Promise<boolean> {
    this.#hints?.channel.own.add(params.owner);
    const [isAlive] = await Promise.all([this.#beat(params), this.#checkSchema()]);
    return isAlive;
  }

  /** It does not wait for the batch that is being written, unless that has taken a whole lease: who cannot write is given up. */
  #beat(params: Heartbeat): Promise<boolean> {
    const call = this.#sessions.heartbeat(params);
    const leaseMs = params.until - params.now;
    // In the caller's time the order of requests counts.
    const mayOvertake = this.#leaseClock === "database" && performance.now() - this.#writingSince < leaseMs;
    return mayOvertake ? this.#aside(call) : this.#call(call);
  }

  /** Beside the writer: a node that is slow is alive all the same. */
  #aside(call: Call): Promise<boolean> {
    return this.#read(async (reader) => call.decode(await reader.askAtOnce(call.statements)) as boolean);
  }

  /** What a later release writes cannot be read here. A schema that does not say its version is the database's trouble. */
  async #checkSchema(): Promise<void> {
    const version = await this.#read((reader) => reader.schemaVersion()).catch(() => 0);
    if (version <= migrations.length) return;
    this.#ended = tooNew(version);
    throw this.#ended;
  }

  /** In small transactions. */
  async reclaim({ now }: { now: number }): Promise<number> {
    let isPartial = true;
    let areHeld = false;
    let total = 0;
    while (isPartial) {
      const part = await this.#call<Reclaimed>(this.#sessions.reclaim(now));
      total += part.count;
      ({ isPartial, areHeld } = part);
    }
    if (areHeld) await endStalledClients(this.#connections, this.#layout);
    await this.#tidy(now);
    return total;
  }

  async #tidy(now: number): Promise<void> {
    for (let part = 1; part <= MAX_TIDIES; part++) {
      const request = this.#sessions.tidy(now);
      if (request === undefined || !(await this.#call<boolean>(request))) return;
    }
  }

  /** In small transactions, the first of which decides it and gives back what a node usually holds. */
  async endSession(params: { owner: string; now: number }): Promise<void> {
    this.#hints?.channel.own.delete(params.owner);
    const freed = await this.#call<number>(this.#sessions.endSession(params));
    if (freed === RECLAIM_CHUNK) await this.#inParts(() => this.#sessions.free(params));
    const statements = hintAll(this.#hints?.channel);
    if (statements.length > 0)
      await this.#call({ kind: "call", statements, decode: () => undefined, isTimeless: true });
  }

  /** As if every lease had ended: for the only node there is. In small transactions. */
  async giveUpSessions(): Promise<void> {
    await this.#call(this.#sessions.giveUpAll());
    await this.#inParts(() => this.#sessions.freeAny());
  }

  async #inParts(part: () => Request): Promise<void> {
    while ((await this.#call<number>(part())) === RECLAIM_CHUNK);
  }

  async claim(params: Claim): Promise<RunRow[]> {
    const runs = await this.#call<RunRow[]>(this.#sessions.claim(params));
    return runs.length === 0 ? runs : this.#read((reader) => reader.wholeRuns(runs));
  }

  unblock(params: { functionIds: string[]; blocked: string; now: number }): Promise<number> {
    return this.#call(this.#sessions.unblock(params));
  }

  putApp(params: AppParams): Promise<void> {
    return this.#call(putApp(this.#place, params));
  }

  deleteApp({ appId, now }: { appId: string; now: number }): Promise<void> {
    return this.#call(deleteApp(this.#place, appId, now));
  }

  setFunction(params: Parameters<SharedStore["setFunction"]>[0]): Promise<boolean> {
    return this.#call(setFunction(this.#place, params));
  }

  /** Beside the writer: it is about what nobody writes to any more. */
  prune(params: PruneParams): Promise<PruneResult> {
    return this.#read((reader) =>
      new Pruner(this.#layout, (statements) => reader.ask(statements)).prune(params),
    );
  }

  putDocument(params: Parameters<Store["putDocument"]>[0]): Promise<boolean> {
    return this.#call(putDocument(this.#layout.schema, params));
  }

  deleteDocument(params: { kind: string; id: string; version: number }): Promise<boolean> {
    return this.#call(deleteDocument(this.#layout.schema, params));
  }

  getDocument({ kind, id }: { kind: string; id: string }): Promise<DocumentRow | null> {
    return this.#read((reader) => reader.getDocument(kind, id));
  }

  listDocuments(filter: DocumentFilter): Promise<DocumentRow[]> {
    return this.#read((reader) => reader.listDocuments(filter));
  }

  news({ owner, now }: { owner: string; now: number }): Promise<News> {
    const leaseNow = this.#leaseClock === "caller" ? now : null;
    return this.#read((reader) => reader.news(owner, leaseNow));
  }

  onHint(listener: () => void): () => void {
    return this.#hints?.listen(listener) ?? (() => {});
  }

  nextWakeAt(): Promise<number | null> {
    return this.#read((reader) => reader.nextWakeAt());
  }

  loadRun(runId: string, options?: LoadOptions): Promise<LoadedRun | null> {
    return this.#read((reader) => reader.loadRun(runId, options));
  }

  getRun(runId: string): Promise<RunRow | null> {
    return this.#read((reader) => reader.getRun(runId));
  }

  listRuns(filter: RunFilter): Promise<RunRow[]> {
    return this.#lists.use(() => this.#read((reader) => reader.listRuns(filter)));
  }

  listMetadata(runId: string): Promise<MetadataRow[]> {
    return this.#read((reader) => reader.listMetadata(runId));
  }

  listSteps(params: { runId: string; ops: string[] }): Promise<StepRow[]> {
    return this.#read((reader) => reader.listSteps(params));
  }

  listAttempts(runId: string): Promise<AttemptRow[]> {
    return this.#read((reader) => reader.listAttempts(runId));
  }

  getEvents(ids: string[]): Promise<EventRow[]> {
    return this.#read((reader) => reader.getEvents(ids));
  }

  listEvents(filter: EventFilter): Promise<EventRow[]> {
    return this.#lists.use(() => this.#read((reader) => reader.listEvents(filter)));
  }

  waitPaths(name: string): Promise<string[]> {
    return this.#read((reader) => reader.waitPaths(name));
  }

  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    return this.#read((reader) => reader.findWaits(params));
  }

  getGates(ids: string[]): Promise<GateRow[]> {
    return this.#read(({ gates }) => gates.get(ids));
  }

  listGates(filter: GateFilter): Promise<GateRow[]> {
    return this.#read(({ gates }) => gates.list(filter));
  }

  dueGates(params: { now: number; limit: number }): Promise<GateRow[]> {
    return this.#read(({ gates }) => gates.due(params));
  }

  nextGateAt(): Promise<number | null> {
    return this.#read(({ gates }) => gates.nextAt());
  }

  listParked(params: Parameters<SharedStore["listParked"]>[0]): Promise<ParkedRun[]> {
    return this.#read(({ gates }) => gates.parked(params));
  }

  listApps(): Promise<AppRow[]> {
    return this.#read((reader) => reader.listApps());
  }

  listFunctions(): Promise<FunctionRow[]> {
    return this.#read((reader) => reader.listFunctions());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#hints?.close();
    await this.#commits.idle();
    if (this.#reads > 0) {
      await new Promise<void>((resolve) => {
        this.#onLastRead = resolve;
      });
    }
    await this.#connections.close();
  }

  get #place() {
    return { schema: this.#layout.schema, channel: this.#hints?.channel };
  }

  #call<Result>(request: Request): Promise<Result> {
    return this.#submit(request) as Promise<Result>;
  }

  #submit(request: Request): Promise<unknown> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return this.#commits.submit(request);
  }

  async #read<Result>(read: (reader: Reader) => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw closed();
    if (this.#ended !== undefined) throw this.#ended;
    this.#reads += 1;
    try {
      return await read(this.#reader);
    } finally {
      this.#reads -= 1;
      if (this.#reads === 0) this.#onLastRead();
    }
  }
}

function closed(): StepfastError {
  return new StepfastError("store_unavailable", "The store is closed: open it again.");
}
