import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult } from "./change-set.ts";
import { apply } from "./memory/apply.ts";
import { findConflict } from "./memory/check.ts";
import { getEvents, listEvents, listParked, listRuns, loadRun } from "./memory/listing.ts";
import { prune } from "./memory/prune.ts";
import { deleteApp, putApp, setFunction, sortedById } from "./memory/registry.ts";
import {
  type Claim,
  claim,
  endSession,
  heartbeat,
  reclaim,
  unblock,
  voidSessions,
} from "./memory/sessions.ts";
import { news } from "./memory/shared.ts";
import { Tables } from "./memory/tables.ts";
import type {
  AppRow,
  AttemptRow,
  DocumentRow,
  EventRow,
  FunctionRow,
  GateRow,
  MetadataRow,
  ParkedRun,
  RunRow,
  StepRow,
} from "./records.ts";
import type { News, NodeFacts, SharedStore } from "./shared-store.ts";
import type {
  DocumentFilter,
  EventFilter,
  GateFilter,
  LoadedRun,
  LoadOptions,
  PruneParams,
  PruneResult,
  RunFilter,
  Store,
  WaitMatches,
} from "./store.ts";

/**
 * The store in memory, and the model that every driver is compared with. A call takes effect before it returns its
 * promise, so calls apply in the order they are made. Rows are copied on the way in and out.
 */
export class MemoryStore implements Store {
  protected readonly tables = new Tables();
  #isClosed = false;

  protected open(): Tables {
    if (this.#isClosed) throw new StepfastError("store_unavailable", "The store is closed: open a new one.");
    return this.tables;
  }

  /**
   * What opening a database does after its process ended: every session is given up, and the runs they held are due
   * at once (`wakeAt` 0). Also opens a closed store again.
   */
  reopen(): void {
    this.#isClosed = false;
    voidSessions(this.tables);
  }

  async commit(changes: ChangeSet): Promise<CommitResult> {
    const tables = this.open();
    const conflict = findConflict(tables, changes);
    if (conflict !== undefined) return { ok: false, conflict };
    apply(tables, changes);
    return { ok: true };
  }

  async heartbeat(params: { owner: string; now: number; until: number; node?: NodeFacts }): Promise<boolean> {
    return heartbeat(this.open(), params.owner, params.until, params.node);
  }

  async reclaim({ now }: { now: number }): Promise<number> {
    return reclaim(this.open(), now);
  }

  async endSession({ owner, now }: { owner: string; now: number }): Promise<void> {
    endSession(this.open(), owner, now);
  }

  async claim(params: Claim): Promise<RunRow[]> {
    return claim(this.open(), params);
  }

  async nextWakeAt(): Promise<number | null> {
    return this.open().runs.nextWakeAt();
  }

  async unblock(params: { functionIds: string[]; blocked: string; now: number }): Promise<number> {
    return unblock(this.open(), params.functionIds, params.blocked, params.now);
  }

  async loadRun(runId: string, options?: LoadOptions): Promise<LoadedRun | null> {
    const tables = this.open();
    const run = tables.runs.get(runId);
    return run === undefined ? null : loadRun(tables, run, options);
  }

  async getRun(runId: string): Promise<RunRow | null> {
    const run = this.open().runs.get(runId);
    return run === undefined ? null : { ...run.row };
  }

  async listRuns(filter: RunFilter): Promise<RunRow[]> {
    return listRuns(this.open(), filter);
  }

  async listSteps({ runId, ops }: { runId: string; ops: string[] }): Promise<StepRow[]> {
    const steps = [...(this.open().runs.get(runId)?.steps.values() ?? [])];
    return steps
      .filter(({ op }) => ops.includes(op))
      .sort((a, b) => a.no - b.no)
      .map((row) => ({ ...row }));
  }

  async listAttempts(runId: string): Promise<AttemptRow[]> {
    const attempts = this.open().runs.get(runId)?.attempts ?? [];
    // The sort is stable: those that ended together stay in the order they were recorded.
    return attempts.map((row) => ({ ...row })).sort((a, b) => a.endedAt - b.endedAt);
  }

  async listMetadata(runId: string): Promise<MetadataRow[]> {
    return (this.open().runs.get(runId)?.metadata ?? []).map((row) => ({ ...row }));
  }

  async getEvents(ids: string[]): Promise<EventRow[]> {
    return getEvents(this.open(), ids);
  }

  async listEvents(filter: EventFilter): Promise<EventRow[]> {
    return listEvents(this.open(), filter);
  }

  async waitPaths(name: string): Promise<string[]> {
    return this.open().waits.paths(name);
  }

  async findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    return this.open().waits.find(params);
  }

  async getGates(ids: string[]): Promise<GateRow[]> {
    return this.open().gates.getAll(ids);
  }

  async listGates(filter: GateFilter): Promise<GateRow[]> {
    return this.open().gates.list(filter);
  }

  async dueGates(params: { now: number; limit: number }): Promise<GateRow[]> {
    return this.open().gates.due(params);
  }

  async nextGateAt(): Promise<number | null> {
    return this.open().gates.nextAt();
  }

  async listParked(params: Parameters<Store["listParked"]>[0]): Promise<ParkedRun[]> {
    return listParked(this.open(), params);
  }

  async putApp(params: { app: AppRow; functions: FunctionRow[]; now: number }): Promise<void> {
    putApp(this.open(), params.app, params.functions, params.now);
  }

  async setFunction(params: Parameters<Store["setFunction"]>[0]): Promise<boolean> {
    return setFunction(this.open(), params);
  }

  async prune(params: PruneParams): Promise<PruneResult> {
    return prune(this.open(), params);
  }

  async deleteApp({ appId, now }: { appId: string; now: number }): Promise<void> {
    deleteApp(this.open(), appId, now);
  }

  async listApps(): Promise<AppRow[]> {
    return sortedById(this.open().apps.values());
  }

  async listFunctions(): Promise<FunctionRow[]> {
    return sortedById(this.open().functions.values());
  }

  async putDocument(params: Parameters<Store["putDocument"]>[0]): Promise<boolean> {
    return this.open().documents.put(params);
  }

  async getDocument({ kind, id }: { kind: string; id: string }): Promise<DocumentRow | null> {
    return this.open().documents.get(kind, id);
  }

  async listDocuments(filter: DocumentFilter): Promise<DocumentRow[]> {
    return this.open().documents.list(filter);
  }

  async deleteDocument(params: { kind: string; id: string; version: number }): Promise<boolean> {
    return this.open().documents.delete(params.kind, params.id, params.version);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

/** The same for several nodes in one process: for tests of how they work together. */
export class SharedMemoryStore extends MemoryStore implements SharedStore {
  readonly #listeners = new Set<() => void>();

  override async commit(changes: ChangeSet): Promise<CommitResult> {
    const result = await super.commit(changes);
    const mayConcernOthers = (changes.messages ?? changes.newRuns) !== undefined;
    if (result.ok && mayConcernOthers) for (const listener of [...this.#listeners]) listener();
    return result;
  }

  async news({ owner, now }: { owner: string; now: number }): Promise<News> {
    return news(this.open(), owner, now);
  }

  onHint(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
