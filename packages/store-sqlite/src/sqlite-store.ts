import { StepfastError } from "@stepfast/protocol";
import {
  type AppRow,
  type AttemptRow,
  type ChangeSet,
  type CommitResult,
  type Conflict,
  type DocumentFilter,
  type DocumentRow,
  type EventFilter,
  type EventRow,
  type FunctionRow,
  type GateFilter,
  type GateRow,
  GroupCommit,
  LARGE_VALUE_LENGTH,
  type LoadedRun,
  type LoadOptions,
  type MetadataRow,
  type Outcome,
  type ParkedRun,
  type PruneParams,
  type PruneResult,
  pageSize,
  type RunFilter,
  type RunRow,
  type StepRow,
  type Store,
  type WaitMatches,
} from "@stepfast/store";
import { appColumns, functionColumns, pushRow, runColumns, toRow } from "./columns.ts";
import type { SqlRow } from "./driver.ts";
import { bytesOf, encodeChangeSet } from "./encode.ts";
import { conflictKinds, type Reply, type Request, requestKinds } from "./message.ts";
import { eventWalk, gateWalk, runWalk, type Walk } from "./reader/filters.ts";
import { Portions } from "./reader/portions.ts";
import type { Reader } from "./reader/reader.ts";
import type { BatchWriter } from "./writer-thread.ts";

const APPLIED: CommitResult = { ok: true };
/** The place at which pruning begins. */
const PRUNE_START = "runs:0:0";

type Answer = number | boolean | SqlRow[];
type Refusal = Extract<Reply, { conflict: number }>;

/** The storage contract on one SQLite file. Writes go through the writer thread, reads are made where they are asked. */
export class SqliteStore implements Store {
  readonly #lock: { release(): void };
  readonly #writer: BatchWriter;
  readonly #reader: Reader;
  readonly #commits: GroupCommit<Request, Reply>;
  readonly #largeFrom: number;
  readonly #portions = new Portions();
  #isClosed = false;

  /** `largeFrom`: characters beyond which a text is kept beside its row. */
  constructor(
    lock: { release(): void },
    writer: BatchWriter,
    reader: Reader,
    largeFrom: number = LARGE_VALUE_LENGTH,
  ) {
    this.#lock = lock;
    this.#writer = writer;
    this.#reader = reader;
    this.#largeFrom = largeFrom;
    this.#commits = new GroupCommit((batch) => this.#write(batch), { bytesOf });
  }

  // Not an async function: this is the path of every step.
  commit(changes: ChangeSet): Promise<CommitResult> {
    return this.#submit(encodeChangeSet(changes, this.#largeFrom)).then((reply) => {
      if (reply === null || !("conflict" in reply)) return APPLIED;
      return { ok: false, conflict: conflictOf(changes, reply) };
    });
  }

  async heartbeat({ owner, until }: { owner: string; now: number; until: number }): Promise<boolean> {
    return (await this.#ask([requestKinds.heartbeat, owner, until])) === true;
  }

  async reclaim({ now }: { now: number }): Promise<number> {
    return Number(await this.#ask([requestKinds.reclaim, now]));
  }

  async endSession({ owner, now }: { owner: string; now: number }): Promise<void> {
    await this.#ask([requestKinds.endSession, owner, now]);
  }

  async claim({ owner, now, limit }: { owner: string; now: number; limit: number }): Promise<RunRow[]> {
    const rows = (await this.#ask([requestKinds.claim, owner, now, limit])) as SqlRow[];
    const runs = rows.map((values) => toRow(runColumns, values));
    return this.#read((reader) => runs.map((run) => reader.wholeRun(run) ?? run));
  }

  async unblock(params: { functionIds: string[]; blocked: string; now: number }): Promise<number> {
    const { functionIds, blocked, now } = params;
    const request = [requestKinds.unblock, blocked, now, functionIds.length, ...functionIds];
    return Number(await this.#ask(request));
  }

  async putApp(params: { app: AppRow; functions: FunctionRow[]; now: number }): Promise<void> {
    const request: Request = [requestKinds.putApp, params.now];
    pushRow(request, appColumns, params.app);
    request.push(params.functions.length);
    for (const row of params.functions) pushRow(request, functionColumns, row);
    await this.#ask(request);
  }

  async deleteApp({ appId, now }: { appId: string; now: number }): Promise<void> {
    await this.#ask([requestKinds.deleteApp, appId, now]);
  }

  async setFunction(params: Parameters<Store["setFunction"]>[0]): Promise<boolean> {
    const { id, paused, overrides, overridesBefore } = params;
    const request: Request = [requestKinds.setFunction, id, 0];
    let mask = 0;
    for (const [bit, value] of [paused, overrides, overridesBefore].entries()) {
      if (value === undefined) continue;
      mask |= 1 << bit;
      request.push(value);
    }
    request[2] = mask;
    return (await this.#ask(request)) === true;
  }

  async prune({ endedBefore, eventsBefore, limit, cursor }: PruneParams): Promise<PruneResult> {
    const times = Object.entries(endedBefore).filter(
      ([status, before]) => before !== undefined && status !== "queued" && status !== "running",
    );
    const place = cursor ?? PRUNE_START;
    const request = [requestKinds.prune, limit, place, eventsBefore, times.length, ...times.flat()];
    const [[runs, events, next = null] = []] = (await this.#ask(request)) as SqlRow[];
    return { runs: Number(runs), events: Number(events), cursor: next as string | null };
  }

  async putDocument(params: Parameters<Store["putDocument"]>[0]): Promise<boolean> {
    const { kind, id, body, version, now } = params;
    return (await this.#ask([requestKinds.putDocument, kind, id, body, version, now])) === true;
  }

  async deleteDocument(params: { kind: string; id: string; version: number }): Promise<boolean> {
    return (await this.#ask([requestKinds.deleteDocument, params.kind, params.id, params.version])) === true;
  }

  async getDocument({ kind, id }: { kind: string; id: string }): Promise<DocumentRow | null> {
    return this.#read((reader) => reader.getDocument(kind, id));
  }

  async listDocuments(filter: DocumentFilter): Promise<DocumentRow[]> {
    return this.#read((reader) => reader.listDocuments(filter));
  }

  async nextWakeAt(): Promise<number | null> {
    return this.#read((reader) => reader.nextWakeAt());
  }

  async loadRun(runId: string, options?: LoadOptions): Promise<LoadedRun | null> {
    return this.#read((reader) => reader.loadRun(runId, options));
  }

  async getRun(runId: string): Promise<RunRow | null> {
    return this.#read((reader) => reader.getRun(runId));
  }

  async listRuns(filter: RunFilter): Promise<RunRow[]> {
    return this.#list(runWalk(filter), filter, (reader, part, bound) => reader.listRuns(part, bound));
  }

  async listMetadata(runId: string): Promise<MetadataRow[]> {
    return this.#read((reader) => reader.listMetadata(runId));
  }

  async listSteps(params: { runId: string; ops: string[] }): Promise<StepRow[]> {
    return this.#read((reader) => reader.listSteps(params));
  }

  async listAttempts(runId: string): Promise<AttemptRow[]> {
    return this.#read((reader) => reader.listAttempts(runId));
  }

  async getEvents(ids: string[]): Promise<EventRow[]> {
    return this.#read((reader) => reader.getEvents(ids));
  }

  async listEvents(filter: EventFilter): Promise<EventRow[]> {
    return this.#list(eventWalk(filter), filter, (reader, part, bound) => reader.listEvents(part, bound));
  }

  async waitPaths(name: string): Promise<string[]> {
    return this.#read((reader) => reader.waitPaths(name));
  }

  async findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    return this.#read((reader) => reader.findWaits(params, this.#writer.lastSeq));
  }

  async getGates(ids: string[]): Promise<GateRow[]> {
    return this.#read(({ gates }) => gates.get(ids));
  }

  async listGates(filter: GateFilter): Promise<GateRow[]> {
    return this.#list(gateWalk(filter), filter, ({ gates }, part, bound) => gates.list(part, bound));
  }

  async dueGates(params: { now: number; limit: number }): Promise<GateRow[]> {
    return this.#read(({ gates }) => gates.due(params));
  }

  async nextGateAt(): Promise<number | null> {
    return this.#read(({ gates }) => gates.nextAt());
  }

  async listParked(params: Parameters<Store["listParked"]>[0]): Promise<ParkedRun[]> {
    return this.#read(({ gates }) => gates.parked(params));
  }

  async listApps(): Promise<AppRow[]> {
    return this.#read((reader) => reader.listApps());
  }

  async listFunctions(): Promise<FunctionRow[]> {
    return this.#read((reader) => reader.listFunctions());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#commits.idle();
    this.#reader.close();
    await this.#writer.close();
    this.#lock.release();
  }

  async #ask(request: Request): Promise<Answer> {
    const reply = await this.#submit(request);
    if (reply !== null && "value" in reply) return reply.value;
    throw new StepfastError("internal", "The writer answered something else.");
  }

  #submit(request: Request): Promise<Reply> {
    if (this.#isClosed) return Promise.reject(closed());
    return this.#commits.submit(request);
  }

  async #write(batch: Request[]): Promise<Outcome<Reply>[]> {
    const replies = await this.#writer.write(batch);
    return replies.map((reply) => {
      if (reply === null || !("error" in reply)) return { ok: true, value: reply };
      return { ok: false, error: new StepfastError(reply.error, reply.message) };
    });
  }

  /** A list that may have to pass many rows is read in portions, and sees each row as it is when it comes to it. */
  async #list<Filter extends { cursor?: string; limit?: number }, Row>(
    walk: Walk | null,
    filter: Filter,
    list: (reader: Reader, filter: Filter, bound?: string) => Row[],
  ): Promise<Row[]> {
    if (walk === null) return this.#read((reader) => list(reader, filter));
    const found: Row[] = [];
    const size = pageSize(filter.limit);
    let cursor = filter.cursor;
    for (;;) {
      const part = { ...filter, limit: size - found.length, ...(cursor === undefined ? {} : { cursor }) };
      const bound = await this.#portions.take((rows) =>
        this.#read((reader) => {
          const end = reader.bound(walk, cursor, rows);
          found.push(...list(reader, part, end));
          return end;
        }),
      );
      if (bound === undefined || found.length >= size) return found;
      cursor = bound;
    }
  }

  #read<Result>(read: (reader: Reader) => Result): Result {
    if (this.#isClosed) throw closed();
    try {
      return read(this.#reader);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StepfastError("store_unavailable", `The store could not read: ${reason}`, { cause: error });
    }
  }
}

function closed(): StepfastError {
  return new StepfastError("store_unavailable", "The store is closed: open it again.");
}

function conflictOf(changes: ChangeSet, { conflict, index, holder }: Refusal): Conflict {
  const guard = changes.guards?.[index];
  const key = changes.keys?.[index];
  const event = changes.events?.[index];
  const step = changes.steps?.[index];
  if (conflict === conflictKinds.guard && guard !== undefined) return { kind: "guard", guard };
  if (conflict === conflictKinds.key && key !== undefined) {
    return { kind: "key", index, scope: key.scope, key: key.key, value: holder };
  }
  if (conflict === conflictKinds.event && event !== undefined) return { kind: "event", id: event.id };
  if (conflict === conflictKinds.step && step !== undefined) {
    return { kind: "step", runId: step.runId, stepId: step.stepId };
  }
  throw new StepfastError("internal", "The writer refused a part that is not there.");
}
