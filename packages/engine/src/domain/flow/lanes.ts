import type { Guard, MessageRow, ParkedRun, RunPatch } from "@stepfast/store";
import type { GateBoard } from "./gate-board.ts";
import { GateRooms, type RoomContext } from "./gate-rooms.ts";
import { type Passable, waitingAt } from "./passable.ts";
import { gatesAhead, knownFlow, type RunFlow } from "./run-flow.ts";

export interface LanesContext extends RoomContext {
  newId: () => string;
  /** How a run starts that is let through; null: it is told of its place, and claimed by whoever comes. */
  leaseOf: (run: ParkedRun) => Lease | null;
}

/** Who is to own a run, and by when it must have ended. */
export interface Lease {
  owner: string;
  finishBy: number | null;
}

/** A run that is let through and made somebody's own in one commit. */
export interface LeasedRun {
  id: string;
  owner: string;
  epoch: number;
}

/** Runs let through, or moved from one gate to another, in one commit; what is more follows in the next. */
const MAX_PASSAGES = 200;

/**
 * Lets runs through their gates. A run passes when all gates ahead of it are open at one moment; else it waits at the first that
 * is not. When places are given up, those who wait for them pass in the same plan, the lowest (rank, id) first.
 *
 * A run that is first at gate A but finds B closed moves to B, and what it could have had at A stays free for it: where all who
 * wait at A need B, no more of them move than A has places. A run that moves on from B leaves its place at A to the next. So
 * neither queue hides a run that could pass, and each place that is given up costs a bounded number of moves.
 */
export class Lanes {
  readonly messages: MessageRow[] = [];
  readonly runs: RunPatch[] = [];
  readonly leased: LeasedRun[] = [];
  readonly guards: Guard[] = [];
  readonly #rooms: GateRooms;
  readonly #context: LanesContext;
  /** Gates at which somebody may pass. */
  readonly #ready = new Set<Passable>();
  /** How many moved on from a gate to where all who wait there would have to wait. */
  readonly #moved = new Map<Passable, number>();
  #passages = 0;

  constructor(board: GateBoard, context: LanesContext) {
    this.#rooms = new GateRooms(board, context);
    this.#context = context;
  }

  /** Gives the run a place, or puts it in a queue. Returns the gate at which it waits; null: it has a place. */
  enter(run: ParkedRun, flow: RunFlow): string | null {
    // Who waits there already goes first.
    this.#lookAt(gatesAhead(flow), run);
    this.#settle();
    const closed = this.#closedAhead(run, flow, null);
    if (closed) this.#rooms.queue(closed, run);
    else this.#rooms.take(run, flow);
    this.#rooms.tidy();
    return closed?.id ?? null;
  }

  /** Gives places up; with the run's end also those that it held as a whole. */
  leave(flow: RunFlow, places: number, isEnded: boolean): void {
    if (places > 0) for (const [id] of flow.lanes) this.#ready.add(this.#rooms.free(id, places));
    if (isEnded && flow.started) for (const [id] of flow.whole) this.#ready.add(this.#rooms.free(id, 1));
    this.#settle();
    this.#rooms.tidy();
  }

  /** Takes the run out of the queue it is in: what it left free elsewhere is for the next. */
  withdraw(runId: string, gateId: string, flow: RunFlow): void {
    this.#rooms.unqueue(this.#rooms.gate(gateId), runId);
    this.#lookAt(gatesAhead(flow));
    this.#settle();
    this.#rooms.tidy();
  }

  /** The gate's time has come, or its limit has changed. */
  open(gateId: string): void {
    const gate = this.#rooms.gate(gateId);
    if (gate.state === null) return;
    gate.put(gate.state as never, null);
    this.#ready.add(gate);
    this.#settle();
    this.#rooms.tidy();
  }

  #lookAt(gateIds: string[], run?: ParkedRun): void {
    for (const id of gateIds) {
      const gate = this.#rooms.gate(id, run);
      this.#moved.delete(gate);
      // Another node may know better who waits.
      if (!run) gate.isTouched = true;
      if (waitingAt(gate) > 0) this.#ready.add(gate);
    }
  }

  #settle(): void {
    for (let next = this.#nextUp(); next; next = this.#nextUp()) {
      if (this.#passages++ >= MAX_PASSAGES) {
        for (const gate of this.#ready) this.#rooms.lookAgain(gate);
        this.#ready.clear();
        return;
      }
      this.#advance(next.gate, next.run);
    }
  }

  #nextUp(): { gate: Passable; run: ParkedRun } | undefined {
    let best: { gate: Passable; run: ParkedRun } | undefined;
    for (const gate of this.#ready) {
      const run = this.#rooms.firstWithRoom(gate, this.#moved.get(gate) ?? 0);
      if (!run) this.#ready.delete(gate);
      else if (!best || isBefore(run, best.run)) best = { gate, run };
    }
    return best;
  }

  /** The first of a queue passes or moves on. */
  #advance(gate: Passable, run: ParkedRun): void {
    const flow = knownFlow(run);
    this.#rooms.unqueue(gate, run.id);
    if (!flow) return;
    const closed = this.#closedAhead(run, flow, gate.id);
    if (closed) {
      this.#move(run, flow, { from: gate, to: closed });
      return;
    }
    this.#rooms.take(run, flow);
    // One that has started may be in somebody's memory, who must be told.
    const lease = flow.started ? null : this.#context.leaseOf(run);
    if (lease) return this.#lease(run, flow, lease);
    this.runs.push({ id: run.id, gate: null });
    this.messages.push(this.#slot(run.id));
  }

  /** It starts with this commit: nothing has to be written before its function is called. */
  #lease({ id, epoch: before }: ParkedRun, flow: RunFlow, { owner, finishBy }: Lease): void {
    const epoch = before + 1;
    const held = JSON.stringify({ ...flow, started: true, held: flow.held + 1 });
    const started = { status: "running", startedAt: this.#context.now, finishBy } as const;
    this.guards.push({ kind: "unowned", runId: id, epoch: before });
    this.runs.push({ id, ...started, gate: null, flow: held, owner, epoch, wakeAt: null, blocked: null });
    this.leased.push({ id, owner, epoch });
  }

  #move(run: ParkedRun, flow: RunFlow, { from, to }: { from: Passable; to: Passable }): void {
    this.#rooms.queue(to, run);
    this.runs.push({ id: run.id, gate: to.id });
    if (this.#rooms.isOnEveryWay(to.id, from, run)) this.#moved.set(from, (this.#moved.get(from) ?? 0) + 1);
    this.#lookAt(gatesAhead(flow).filter((id) => id !== from.id && id !== to.id));
  }

  #slot(runId: string): MessageRow {
    const { newId, now } = this.#context;
    return { id: newId(), runId, kind: "slot", stepId: "", payload: "{}", createdAt: now };
  }

  #closedAhead(run: ParkedRun, flow: RunFlow, except: string | null): Passable | null {
    for (const id of gatesAhead(flow)) {
      if (id === except) continue;
      const gate = this.#rooms.gate(id, run);
      if (this.#rooms.room(gate, run, flow) <= 0) return gate;
    }
    return null;
  }
}

function isBefore(a: ParkedRun, b: ParkedRun): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
}
