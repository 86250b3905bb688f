import type { GateKind, GateRow, Guard, ParkedRun } from "@stepfast/store";
import { isSharedGate } from "./gate-id.ts";

/** A gate as it was read, and the first of those who wait at it. */
export interface KnownGate {
  /** Null: there is no such gate. */
  row: GateRow | null;
  /** In order of (rank, id). */
  queue: readonly ParkedRun[];
  /** Nobody waits but those in `queue`. */
  isWhole: boolean;
}

/** What is known of gates; undefined: it must be read first. */
export interface GateView {
  get(id: string): KnownGate | undefined;
}

/** What a plan changes of gates. */
export interface GateChanges {
  guards: Guard[];
  gates: GateRow[];
  endedGates: string[];
  /** The gates as they are once this is applied. */
  known: ReadonlyMap<string, KnownGate>;
}

/** A gate while a plan is being made. */
export class OpenGate<State> {
  readonly id: string;
  readonly known: KnownGate;
  state: State | null;
  dueAt: number | null;
  #queue: ParkedRun[] | null = null;
  isWhole: boolean;
  kind: GateKind;
  functionId: string | null;
  isChanged = false;
  /** What was read of it was decided on: it must still be so. */
  isTouched = false;

  constructor(id: string, known: KnownGate, kind: GateKind, functionId: string | null) {
    this.id = id;
    this.known = known;
    this.state = known.row === null ? null : (JSON.parse(known.row.state) as State);
    this.dueAt = known.row?.dueAt ?? null;
    this.isWhole = known.isWhole;
    this.kind = known.row?.kind ?? kind;
    this.functionId = known.row === null ? functionId : known.row.functionId;
  }

  get first(): ParkedRun | undefined {
    return (this.#queue ?? this.known.queue)[0];
  }

  get queue(): readonly ParkedRun[] {
    return this.#queue ?? this.known.queue;
  }

  put(state: State, dueAt: number | null): void {
    this.state = state;
    this.dueAt = dueAt;
    this.isChanged = true;
  }

  end(): void {
    this.state = null;
    this.dueAt = null;
    this.isChanged = true;
  }

  add(run: ParkedRun): void {
    this.#queue ??= [...this.known.queue];
    const index = this.#queue.findIndex((other) => isBefore(run, other));
    if (index >= 0) this.#queue.splice(index, 0, run);
    else if (this.isWhole) this.#queue.push(run);
    const most = mostKnown(this.id);
    if (this.#queue.length <= most) return;
    this.#queue.length = most;
    this.isWhole = false;
  }

  remove(runId: string): void {
    this.#queue ??= [...this.known.queue];
    const index = this.#queue.findIndex((run) => run.id === runId);
    if (index >= 0) this.#queue.splice(index, 1);
  }
}

const MAX_KNOWN = 256;
const MAX_KNOWN_SHARED = 10_000;

/**
 * How many of those who wait at a gate are kept in memory. Where functions share it a line of each is there, and one that states a
 * smaller limit may hold no other up.
 */
export function mostKnown(gateId: string): number {
  return isSharedGate(gateId) ? MAX_KNOWN_SHARED : MAX_KNOWN;
}

/** The order in which runs go. */
export function isBefore(a: Pick<ParkedRun, "id" | "rank">, b: Pick<ParkedRun, "id" | "rank">): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
}

const ABSENT: KnownGate = { row: null, queue: [], isWhole: true };

/** The gates that one plan looks at and changes. Where one is not known the plan is void: read `needs`, plan again. */
export class GateBoard {
  readonly needs = new Set<string>();
  readonly #view: GateView;
  readonly #open = new Map<string, OpenGate<unknown>>();

  constructor(view: GateView) {
    this.#view = view;
  }

  /** `kind` and `functionId` are for a gate that does not exist yet. */
  gate<State>(id: string, kind: GateKind, functionId: string | null): OpenGate<State> {
    const open = this.#open.get(id);
    if (open) return open as OpenGate<State>;
    const known = this.#view.get(id);
    if (!known) this.needs.add(id);
    const gate = new OpenGate<State>(id, known ?? ABSENT, kind, functionId);
    this.#open.set(id, gate as OpenGate<unknown>);
    return gate;
  }

  changes(stamp: string): GateChanges {
    const changes: GateChanges = { guards: [], gates: [], endedGates: [], known: new Map() };
    const known = new Map<string, KnownGate>();
    for (const gate of this.#open.values()) {
      if (!gate.isChanged && !gate.isTouched) continue;
      changes.guards.push({ kind: "gate", id: gate.id, stamp: gate.known.row?.stamp ?? null });
      if (!gate.isChanged) continue;
      const row = rowOf(gate, stamp);
      if (row) changes.gates.push(row);
      else if (gate.known.row) changes.endedGates.push(gate.id);
      known.set(gate.id, { row, queue: gate.queue, isWhole: row === null || gate.isWhole });
    }
    return { ...changes, known };
  }
}

function rowOf(gate: OpenGate<unknown>, stamp: string): GateRow | null {
  if (gate.state === null) return null;
  const { id, kind, functionId, dueAt } = gate;
  return { id, kind, functionId, stamp, state: JSON.stringify(gate.state), dueAt };
}
