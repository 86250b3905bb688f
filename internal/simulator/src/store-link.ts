import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult, LoadedRun, RunRow, Store, WaitMatches } from "@stepfast/store";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { Faults } from "./faults.ts";
import type { SimProcess } from "./process.ts";

export interface StoreLinkOptions {
  store: Store;
  loop: EventLoop;
  dice: Dice;
  process: SimProcess;
  faults: () => Faults;
  /** The node dies now. */
  crash: () => void;
}

interface Write {
  apply: () => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * One node's way to the store. Writes go in batches, in order, one batch at a time, as group commit does it; reads go
 * at any time. Everything takes virtual time, and everything may go wrong.
 */
export class StoreLink implements Store {
  readonly #options: StoreLinkOptions;
  #waiting: Write[] = [];
  #isWriting = false;

  constructor(options: StoreLinkOptions) {
    this.#options = options;
  }

  #latency(): number {
    const { dice, faults } = this.#options;
    if (dice.chance(faults().slowStore)) return dice.int(200, 4_000);
    return dice.fraction() * 0.8;
  }

  protected write<T>(apply: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ apply, resolve: resolve as (value: unknown) => void, reject });
      this.#writeSoon();
    });
  }

  #writeSoon(): void {
    const { loop, process } = this.#options;
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    loop.schedule(this.#latency(), () => this.#writeBatch(), process);
  }

  /** All of a batch is applied at one moment, or none of it. */
  #writeBatch(): void {
    const { loop, dice, process, faults, crash } = this.#options;
    const size = dice.chance(0.9) ? this.#waiting.length : dice.int(1, this.#waiting.length);
    const batch = this.#waiting.splice(0, size);
    if (dice.chance(faults().crash / 2)) return crash();
    const isRefused = dice.chance(faults().storeError);
    const isApplied = !isRefused || dice.chance(0.5);
    const results = isApplied ? batch.map(({ apply }) => apply()) : [];
    // Heard of later, if at all.
    for (const result of results) result.catch(() => {});
    if (dice.chance(faults().crash / 2)) return crash();
    const answer = () => {
      this.#isWriting = false;
      for (const result of results) loop.needs(result);
      // What waits may build on what was refused: it is refused with it.
      const refused = isRefused ? [...batch, ...this.#waiting.splice(0)] : [];
      for (const write of refused) write.reject(unavailable());
      if (!isRefused) for (const [i, write] of batch.entries()) results[i]?.then(write.resolve, write.reject);
      this.#writeSoon();
    };
    loop.schedule(this.#latency(), answer, process);
  }

  protected read<T>(look: () => Promise<T>): Promise<T> {
    const { loop, dice, process, faults } = this.#options;
    return new Promise((resolve, reject) => {
      const later = () => {
        const found = look();
        const isRefused = dice.chance(faults().storeError / 2);
        found.catch(() => {});
        const answer = () => {
          loop.needs(found);
          if (isRefused) reject(unavailable());
          else found.then(resolve, reject);
        };
        loop.schedule(this.#latency() / 2, answer, process);
      };
      loop.schedule(this.#latency() / 2, later, process);
    });
  }

  commit(changes: ChangeSet): Promise<CommitResult> {
    return this.write(() => this.#options.store.commit(changes));
  }
  heartbeat(params: { owner: string; now: number; until: number }): Promise<boolean> {
    return this.write(() => this.#options.store.heartbeat(params));
  }
  reclaim(params: { now: number }): Promise<number> {
    return this.write(() => this.#options.store.reclaim(params));
  }
  endSession(params: { owner: string; now: number }): Promise<void> {
    return this.write(() => this.#options.store.endSession(params));
  }
  claim(params: { owner: string; now: number; limit: number }): Promise<RunRow[]> {
    return this.write(() => this.#options.store.claim(params));
  }
  unblock(params: { functionIds: string[]; blocked: string; now: number }): Promise<number> {
    return this.write(() => this.#options.store.unblock(params));
  }
  prune(params: Parameters<Store["prune"]>[0]): ReturnType<Store["prune"]> {
    return this.write(() => this.#options.store.prune(params));
  }
  setFunction(params: Parameters<Store["setFunction"]>[0]): Promise<boolean> {
    return this.write(() => this.#options.store.setFunction(params));
  }
  putApp(params: Parameters<Store["putApp"]>[0]): Promise<void> {
    return this.write(() => this.#options.store.putApp(params));
  }
  deleteApp(params: { appId: string; now: number }): Promise<void> {
    return this.write(() => this.#options.store.deleteApp(params));
  }
  nextWakeAt(): Promise<number | null> {
    return this.read(() => this.#options.store.nextWakeAt());
  }
  loadRun(runId: string): Promise<LoadedRun | null> {
    return this.read(() => this.#options.store.loadRun(runId));
  }
  getRun(runId: string): Promise<RunRow | null> {
    return this.read(() => this.#options.store.getRun(runId));
  }
  listRuns(filter: Parameters<Store["listRuns"]>[0]): ReturnType<Store["listRuns"]> {
    return this.read(() => this.#options.store.listRuns(filter));
  }
  listAttempts(runId: string): ReturnType<Store["listAttempts"]> {
    return this.read(() => this.#options.store.listAttempts(runId));
  }
  listMetadata(runId: string): ReturnType<Store["listMetadata"]> {
    return this.read(() => this.#options.store.listMetadata(runId));
  }
  getEvents(ids: string[]): ReturnType<Store["getEvents"]> {
    return this.read(() => this.#options.store.getEvents(ids));
  }
  listEvents(filter: Parameters<Store["listEvents"]>[0]): ReturnType<Store["listEvents"]> {
    return this.read(() => this.#options.store.listEvents(filter));
  }
  waitPaths(name: string): Promise<string[]> {
    return this.read(() => this.#options.store.waitPaths(name));
  }
  findWaits(params: { name: string; keys: string[]; now: number }): Promise<WaitMatches> {
    return this.read(() => this.#options.store.findWaits(params));
  }
  getGates(ids: string[]): ReturnType<Store["getGates"]> {
    return this.read(() => this.#options.store.getGates(ids));
  }
  listGates(filter: Parameters<Store["listGates"]>[0]): ReturnType<Store["listGates"]> {
    return this.read(() => this.#options.store.listGates(filter));
  }
  dueGates(params: Parameters<Store["dueGates"]>[0]): ReturnType<Store["dueGates"]> {
    return this.read(() => this.#options.store.dueGates(params));
  }
  nextGateAt(): Promise<number | null> {
    return this.read(() => this.#options.store.nextGateAt());
  }
  listParked(params: Parameters<Store["listParked"]>[0]): ReturnType<Store["listParked"]> {
    return this.read(() => this.#options.store.listParked(params));
  }
  listApps(): ReturnType<Store["listApps"]> {
    return this.read(() => this.#options.store.listApps());
  }
  listFunctions(): ReturnType<Store["listFunctions"]> {
    return this.read(() => this.#options.store.listFunctions());
  }
  putDocument(params: Parameters<Store["putDocument"]>[0]): Promise<boolean> {
    return this.write(() => this.#options.store.putDocument(params));
  }
  deleteDocument(params: Parameters<Store["deleteDocument"]>[0]): Promise<boolean> {
    return this.write(() => this.#options.store.deleteDocument(params));
  }
  getDocument(params: Parameters<Store["getDocument"]>[0]): ReturnType<Store["getDocument"]> {
    return this.read(() => this.#options.store.getDocument(params));
  }
  listDocuments(filter: Parameters<Store["listDocuments"]>[0]): ReturnType<Store["listDocuments"]> {
    return this.read(() => this.#options.store.listDocuments(filter));
  }
  async close(): Promise<void> {}
}

function unavailable(): StepfastError {
  return new StepfastError("store_unavailable", "The store did not answer: try again");
}
