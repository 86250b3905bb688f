import { StepfastError } from "@stepfast/protocol";
import {
  type AppRow,
  type AttemptRow,
  type ChangeSet,
  type CommitResult,
  type EventFilter,
  type EventRow,
  type FunctionRow,
  GroupCommit,
  type LoadedRun,
  type MetadataRow,
  type News,
  type RunFilter,
  type RunRow,
  type SharedStore,
  type WaitMatches,
} from "@stepfast/store";
import type { Connections } from "./connection/connections.ts";
import type { HintFeed } from "./hint-feed.ts";
import { Looks } from "./looks.ts";
import { Reader } from "./reader/reader.ts";
import { Doubts } from "./writer/doubts.ts";
import { HeldRuns } from "./writer/held-runs.ts";
import { KnownPaths } from "./writer/path-book.ts";
import { type AppParams, deleteApp, putApp } from "./writer/registry.ts";
import { bytesOf, type Call, commitRequest, type Request } from "./writer/request.ts";
import {
  type Claim,
  type Heartbeat,
  type LeaseClock,
  RECLAIM_CHUNK,
  SessionCalls,
} from "./writer/sessions.ts";
import { Writer } from "./writer/writer.ts";

export interface PostgresStoreParts {
  connections: Connections;
  /** As an identifier of SQL. */
  schema: string;
  leaseClock: LeaseClock;
  /** Of the newest wait at the start. */
  newestWait: number;
  /** Undefined: there are no hints. */
  hints: HintFeed | undefined;
}

/** The storage contract on PostgreSQL. Writes share transactions, one at a time; reads are made as they are asked. */
export class PostgresStore implements SharedStore {
  readonly #connections: Connections;
  readonly #schema: string;
  readonly #hints: HintFeed | undefined;
  readonly #leaseClock: LeaseClock;
  readonly #sessions: SessionCalls;
  readonly #reader: Reader;
  readonly #commits: GroupCommit<Request, unknown>;
  #closing: Promise<void> | undefined;
  #reads = 0;
  #onLastRead = () => {};

  constructor({ connections, schema, leaseClock, newestWait, hints }: PostgresStoreParts) {
    this.#connections = connections;
    this.#schema = schema;
    this.#hints = hints;
    this.#leaseClock = leaseClock;
    this.#sessions = new SessionCalls(schema, leaseClock);
    const looks = new Looks(newestWait);
    const doubts = new Doubts(connections, schema);
    this.#reader = new Reader({ connections, schema, doubts, looks });
    const memory = { looks, paths: new KnownPaths(), held: new HeldRuns(), channel: hints?.channel };
    const writer = new Writer({ connections, schema, doubts, memory });
    this.#commits = new GroupCommit((batch) => writer.write(batch), { bytesOf });
  }

  // Not an async function: this is the path of every step.
  commit(changes: ChangeSet): Promise<CommitResult> {
    return this.#submit(commitRequest(changes)) as Promise<CommitResult>;
  }

  heartbeat(params: Heartbeat): Promise<boolean> {
    this.#hints?.channel.own.add(params.owner);
    return this.#call(this.#sessions.heartbeat(params));
  }

  /** In small transactions. */
  async reclaim({ now }: { now: number }): Promise<number> {
    for (let count = 0; ; ) {
      const chunk = await this.#call<number>(this.#sessions.reclaim(now));
      count += chunk;
      if (chunk < RECLAIM_CHUNK) return count;
    }
  }

  endSession(params: { owner: string; now: number }): Promise<void> {
    this.#hints?.channel.own.delete(params.owner);
    return this.#call(this.#sessions.endSession(params, this.#hints?.channel));
  }

  /** As if every lease had ended: for the only node there is. */
  giveUpSessions(): Promise<void> {
    return this.#call(this.#sessions.giveUpAll());
  }

  claim(params: Claim): Promise<RunRow[]> {
    return this.#call(this.#sessions.claim(params));
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

  loadRun(runId: string): Promise<LoadedRun | null> {
    return this.#read((reader) => reader.loadRun(runId));
  }

  getRun(runId: string): Promise<RunRow | null> {
    return this.#read((reader) => reader.getRun(runId));
  }

  listRuns(filter: RunFilter): Promise<RunRow[]> {
    return this.#read((reader) => reader.listRuns(filter));
  }

  listMetadata(runId: string): Promise<MetadataRow[]> {
    return this.#read((reader) => reader.listMetadata(runId));
  }

  listAttempts(runId: string): Promise<AttemptRow[]> {
    return this.#read((reader) => reader.listAttempts(runId));
  }

  getEvents(ids: string[]): Promise<EventRow[]> {
    return this.#read((reader) => reader.getEvents(ids));
  }

  listEvents(filter: EventFilter): Promise<EventRow[]> {
    return this.#read((reader) => reader.listEvents(filter));
  }

  waitPaths(name: string): Promise<string[]> {
    return this.#read((reader) => reader.waitPaths(name));
  }

  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    return this.#read((reader) => reader.findWaits(params));
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
    return { schema: this.#schema, channel: this.#hints?.channel };
  }

  #call<Result>(call: Call): Promise<Result> {
    return this.#submit(call) as Promise<Result>;
  }

  #submit(request: Request): Promise<unknown> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#commits.submit(request);
  }

  async #read<Result>(read: (reader: Reader) => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw closed();
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
