import type { GateRow, Store } from "@stepfast/store";
import type { BatchState } from "../../domain/flow/batch.ts";
import type { FlowSpec } from "../../domain/flow/flow-spec.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

const PAGE = 400;
const PORTION = 100;

export interface UnownedGatesOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  index: FunctionIndex;
  /** Looks at what other nodes have registered. */
  reload: () => Promise<void>;
  /** A gate wants to be looked at by then. */
  onDue: (at: number) => void;
}

/**
 * Debounces and batches whose time has come and whose function is not there: its app was removed, or its code has not come to this
 * process yet. What its limits are nobody knows, so their events wait, at a gate that is never due, until it is registered.
 */
export class UnownedGates {
  readonly #options: UnownedGatesOptions;

  constructor(options: UnownedGatesOptions) {
    this.#options = options;
  }

  /** Of gates that are due those whose function is here; the others are put away. */
  async sift(due: GateRow[]): Promise<GateRow[]> {
    if (due.every((gate) => this.#hasOwner(gate))) return due;
    await this.#options.reload();
    const owned = due.filter((gate) => this.#hasOwner(gate));
    const unowned = due.filter((gate) => !owned.includes(gate));
    if (unowned.length === 0) return due;
    for (const gate of unowned) await this.#putAway(gate);
    // Registered elsewhere meanwhile: that node may have looked for them before they were put away.
    await this.#options.reload();
    const came = unowned.filter((gate) => this.#hasOwner(gate));
    await this.bringBack([...new Set(came.map((gate) => gate.functionId ?? ""))]);
    return owned;
  }

  #hasOwner(gate: GateRow): boolean {
    if (!holdsEvents(gate) || gate.functionId === null) return true;
    return this.#options.index.get(gate.functionId) !== undefined;
  }

  async #putAway(gate: GateRow): Promise<void> {
    const { store, newId, log } = this.#options;
    const guards = [{ kind: "gate" as const, id: gate.id, stamp: gate.stamp }];
    const { ok } = await store.commit({ guards, gates: [{ ...gate, stamp: newId(), dueAt: null }] });
    if (ok) log.debug("events wait for a function that is not registered", { functionId: gate.functionId });
  }

  /**
   * The functions are there: what was put away for them is due, and what is due later than their limits, as they are now, ask for: those
   * may have changed, or the clock been put back.
   */
  async bringBack(functionIds: string[]): Promise<void> {
    for (const functionId of functionIds) await this.#wake(await this.#lateOf(functionId));
  }

  /** In order of their ids a function's batches and debounces come before its other gates. */
  async #lateOf(functionId: string): Promise<GateRow[]> {
    const flow = this.#options.index.get(functionId)?.flow ?? null;
    const now = this.#options.clock.now();
    const found: GateRow[] = [];
    for (let cursor: string | undefined; ; ) {
      const at = cursor === undefined ? {} : { cursor };
      const page = await this.#options.store.listGates({ functionId, limit: PAGE, ...at });
      const holding = page.filter(holdsEvents);
      for (const gate of holding) {
        const dueAt = latestDue(gate, flow, now);
        if (dueAt < (gate.dueAt ?? Number.POSITIVE_INFINITY)) found.push({ ...gate, dueAt });
      }
      if (holding.length < PAGE) return found;
      cursor = page.at(-1)?.id;
    }
  }

  /** Each as it is to be from now on. */
  async #wake(gates: GateRow[]): Promise<void> {
    const { store, newId, onDue } = this.#options;
    for (let from = 0; from < gates.length; from += PORTION) {
      const portion = gates.slice(from, from + PORTION);
      const changes = portion.map((gate) => ({
        guards: [{ kind: "gate" as const, id: gate.id, stamp: gate.stamp }],
        gates: [{ ...gate, stamp: newId() }],
      }));
      // Each by itself: an event that came meanwhile has changed one of them.
      await Promise.all(changes.map((change) => store.commit(change)));
      for (const { dueAt } of portion) if (dueAt !== null) onDue(dueAt);
    }
  }
}

/** When a debounce or batch is over at the latest. A limit that is not there any more holds nothing up. */
function latestDue({ kind, state, dueAt }: GateRow, flow: FlowSpec | null, now: number): number {
  if (dueAt === null) return now;
  if (kind === "debounce") return now + (flow?.debounce?.periodMs ?? 0);
  const batch = flow?.batch;
  const isFull = batch && (JSON.parse(state) as BatchState).eventIds.length >= batch.maxSize;
  return batch && !isFull ? now + batch.timeoutMs : now;
}

function holdsEvents({ kind }: GateRow): boolean {
  return kind === "debounce" || kind === "batch";
}
