import type { GateRow, Store } from "@stepfast/store";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

const PAGE = 400;
/** A node that has not kept its promise by then is dead, or slow: another keeps it, too. */
const KEEP_MS = 5_000;
const PREFIX = "opening:";
const RETRY_MS = 1_000;
/** Of writing a promise. */
const TRIES = 3;

/** Something is about to change for which runs may wait. */
export interface Promised {
  /** They have been looked at. */
  kept(): Promise<void>;
}

export interface OpeningsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  index: FunctionIndex;
  /** Looks at what other nodes have registered. */
  reload: () => Promise<void>;
  /** Looks at all that waits for functions: who may pass now, does. */
  open: (functionIds: string[]) => Promise<void>;
  /** A promise wants to be looked at by then. */
  onDue: (at: number) => void;
}

/**
 * A limit that is raised, or a function that comes back, lets in who waits: in another commit than the change. So that is promised in
 * the store before. A promise that is found there is kept by whoever finds it: a node at its start, any node when it is due.
 */
export class Openings {
  readonly #options: OpeningsOptions;
  #isStopped = false;

  constructor(options: OpeningsOptions) {
    this.#options = options;
  }

  /** Looks at what waits for any function that is known here. */
  async openAll(): Promise<void> {
    await this.#options.open(this.#options.index.all().map((spec) => spec.id));
  }

  /** Looks at what waits for the app's functions. */
  async open(appId: string): Promise<void> {
    const specs = this.#options.index.all().filter((spec) => spec.appId === appId);
    await this.#options.open(specs.map((spec) => spec.id));
  }

  /** The change is made. Who made it need not wait: what fails is tried again. */
  async keep(appId: string, promised: Promised | null): Promise<void> {
    if (this.#isStopped) return;
    try {
      await this.open(appId);
      await promised?.kept();
    } catch (error) {
      const { log, clock } = this.#options;
      log.warn("what waits for an app could not be looked at; trying again", { appId, error: String(error) });
      clock.after(RETRY_MS, () => void this.keep(appId, promised));
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** To be called before the change. If that cannot be made the promise may stay: keeping it changes nothing. */
  async promise(appId: string): Promise<Promised> {
    const { clock, newId, onDue } = this.#options;
    const dueAt = clock.now() + KEEP_MS;
    const stamp = newId();
    const state = JSON.stringify({ appId });
    const row: GateRow = { id: PREFIX + stamp, kind: "job", functionId: null, stamp, state, dueAt };
    await this.#write(row);
    onDue(dueAt);
    return { kept: () => this.#tryToEnd(row) };
  }

  /** Again if it fails: written twice it is the same promise, and an app should not fail to start for one. */
  async #write(row: GateRow): Promise<void> {
    for (let left = TRIES - 1; ; left--) {
      try {
        await this.#options.store.commit({ gates: [row] });
        return;
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  /** One that stays is kept once more when it is due. */
  async #tryToEnd(row: GateRow): Promise<void> {
    try {
      await this.#end(row);
    } catch (error) {
      this.#options.log.debug("a kept promise could not be removed", { error: String(error) });
    }
  }

  /** Keeps what was promised before this node, or the one that had this store, was there. */
  async start(): Promise<void> {
    for (let cursor = PREFIX; ; ) {
      const found = await this.#options.store.listGates({ kinds: ["job"], cursor, limit: PAGE });
      const promised = found.filter(isPromise);
      for (const gate of promised) await this.#tryToGoOn(gate);
      const last = promised.at(-1);
      if (!last || promised.length < PAGE) return;
      cursor = last.id;
    }
  }

  /** One that cannot be kept now is, once it is due. */
  async #tryToGoOn(gate: GateRow): Promise<void> {
    try {
      await this.goOn(gate);
    } catch (error) {
      const { log, onDue } = this.#options;
      log.warn("a promise could not be kept at the start", { error: String(error) });
      onDue(gate.dueAt ?? 0);
    }
  }

  async goOn(gate: GateRow): Promise<void> {
    const { store, clock, newId, onDue } = this.#options;
    const dueAt = clock.now() + KEEP_MS;
    const row = { ...gate, stamp: newId(), dueAt };
    const guards = [{ kind: "gate" as const, id: gate.id, stamp: gate.stamp }];
    if (!(await store.commit({ guards, gates: [row] })).ok) return;
    onDue(dueAt);
    await this.#options.reload();
    await this.open((JSON.parse(gate.state) as { appId: string }).appId);
    await this.#end(row);
  }

  async #end({ id, stamp }: GateRow): Promise<void> {
    await this.#options.store.commit({ guards: [{ kind: "gate", id, stamp }], endedGates: [id] });
  }
}

export function isPromise({ id }: GateRow): boolean {
  return id.startsWith(PREFIX);
}
