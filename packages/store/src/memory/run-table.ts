import { StepfastError } from "@stepfast/protocol";
import type { RunPatch } from "../change-set.ts";
import type { AttemptRow, MessageRow, MetadataRow, RunRow, StepRow } from "../records.ts";
import { OrderedIds } from "./ordered-ids.ts";
import { ParkedRuns } from "./parked-runs.ts";
import type { OpenWait } from "./wait-index.ts";
import { WakeQueue } from "./wake-queue.ts";

/** A run and all that hangs on it. */
export interface StoredRun {
  row: RunRow;
  /** By `no`. */
  steps: Map<number, StepRow>;
  attempts: AttemptRow[];
  metadata: MetadataRow[];
  /** By id, in order of arrival. */
  messages: Map<string, MessageRow>;
  /** By step id. */
  waits: Map<string, OpenWait>;
}

export function isLive(row: RunRow): boolean {
  return row.status === "queued" || row.status === "running";
}

/** Under what {@link RunTable.blocked} keeps a run. */
export function blockedBy(reason: string, functionId: string): string {
  return `${reason} ${functionId}`;
}

function isClaimable(row: RunRow): boolean {
  return isLive(row) && row.owner === null && row.wakeAt !== null;
}

/** Runs by id, with the sets by which they are found. Every change of a run's row goes through {@link patch}. */
export class RunTable {
  readonly #runs = new Map<string, StoredRun>();
  readonly ids = new OrderedIds();
  readonly byEvent = new SetIndex();
  readonly byParent = new SetIndex();
  readonly byOriginal = new SetIndex();
  /** Live runs by the session that holds them. */
  readonly byOwner = new SetIndex();
  /** Live runs that nobody holds and that say why, by reason and function. */
  readonly blocked = new SetIndex();
  /** Live runs by the gate they wait at, in the order in which they go. */
  readonly parked = new ParkedRuns();
  readonly #wakes = new WakeQueue(({ wakeAt, id }) => {
    const run = this.#runs.get(id);
    return run !== undefined && isClaimable(run.row) && run.row.wakeAt === wakeAt;
  });

  get(id: string): StoredRun | undefined {
    return this.#runs.get(id);
  }

  /** The run, which the caller knows to exist. */
  require(id: string): StoredRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new StepfastError("internal", `There is no run ${id} to write to.`);
    return run;
  }

  insert(row: RunRow): void {
    const run: StoredRun = {
      row: { ...row },
      steps: new Map(),
      attempts: [],
      metadata: [],
      messages: new Map(),
      waits: new Map(),
    };
    this.#runs.set(row.id, run);
    this.ids.add(row.id);
    this.byEvent.add(row.eventId, row.id);
    if (row.parentRunId !== null) this.byParent.add(row.parentRunId, row.id);
    if (row.originalRunId !== null) this.byOriginal.add(row.originalRunId, row.id);
    this.#index(run.row);
  }

  patch(patch: RunPatch): void {
    const { row } = this.require(patch.id);
    this.#unindex(row);
    for (const [column, value] of Object.entries(patch)) {
      if (value !== undefined) Object.assign(row, { [column]: value });
    }
    this.#index(row);
  }

  /** Forgets a run that has ended, and all that hangs on it. */
  remove(id: string): void {
    const { row } = this.require(id);
    this.#unindex(row);
    this.#runs.delete(id);
    this.ids.delete(id);
    this.byEvent.delete(row.eventId, id);
    if (row.parentRunId !== null) this.byParent.delete(row.parentRunId, id);
    if (row.originalRunId !== null) this.byOriginal.delete(row.originalRunId, id);
  }

  /** Ids of the events that any run was started by. */
  eventsInUse(): Set<string> {
    const used = new Set<string>();
    for (const { row } of this.#runs.values()) {
      used.add(row.eventId);
      for (const id of row.eventIds === null ? [] : (JSON.parse(row.eventIds) as string[])) used.add(id);
    }
    return used;
  }

  /** Gives a run to a session, in a new epoch. Returns a copy of the row that still says what blocked it. */
  lease(id: string, owner: string): RunRow {
    const { row } = this.require(id);
    const { blocked } = row;
    this.#unindex(row);
    Object.assign(row, { owner, epoch: row.epoch + 1, wakeAt: null, blocked: null });
    this.#index(row);
    return { ...row, blocked };
  }

  /** The next run that is due, if any. */
  takeDue(now: number): StoredRun | undefined {
    const next = this.#wakes.peek();
    if (next === undefined || next.wakeAt > now) return undefined;
    this.#wakes.pop();
    return this.#runs.get(next.id);
  }

  /** A run that was taken as due stays so. */
  putBack(id: string): void {
    this.#wakes.push({ wakeAt: this.require(id).row.wakeAt ?? 0, id });
  }

  nextWakeAt(): number | null {
    return this.#wakes.peek()?.wakeAt ?? null;
  }

  #index(row: RunRow): void {
    if (!isLive(row)) return;
    if (row.gate !== null) this.parked.add(row.gate, row);
    if (row.owner !== null) this.byOwner.add(row.owner, row.id);
    else if (row.blocked !== null) this.blocked.add(blockedBy(row.blocked, row.functionId), row.id);
    if (isClaimable(row)) this.#wakes.push({ wakeAt: row.wakeAt ?? 0, id: row.id });
  }

  #unindex(row: RunRow): void {
    if (row.gate !== null) this.parked.delete(row.gate, row);
    if (row.owner !== null) this.byOwner.delete(row.owner, row.id);
    if (row.blocked !== null) this.blocked.delete(blockedBy(row.blocked, row.functionId), row.id);
  }
}

/** Ids of runs under a value. */
class SetIndex {
  readonly #ids = new Map<string, Set<string>>();

  values(): string[] {
    return [...this.#ids.keys()];
  }

  get(value: string): string[] {
    return [...(this.#ids.get(value) ?? [])];
  }

  add(value: string, id: string): void {
    const ids = this.#ids.get(value);
    if (ids === undefined) this.#ids.set(value, new Set([id]));
    else ids.add(id);
  }

  delete(value: string, id: string): void {
    const ids = this.#ids.get(value);
    if (ids === undefined) return;
    ids.delete(id);
    if (ids.size === 0) this.#ids.delete(value);
  }
}
