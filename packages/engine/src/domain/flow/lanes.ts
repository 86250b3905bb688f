import type { Guard, MessageRow, ParkedRun, RunPatch } from "@stepfast/store";
import { type GateBoard, isBefore } from "./gate-board.ts";
import { GateRooms, type RoomContext } from "./gate-rooms.ts";
import { isLine, Lines } from "./lines.ts";
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

/** A run that becomes somebody's own in a commit that is about more: it is let through, or has news. */
export interface LeasedRun {
  id: string;
  functionId: string;
  owner: string;
  epoch: number;
  /** What had blocked it. */
  blocked: string | null;
}

/** A run that leaves the queue it is in. */
export type WaitingRun = Pick<ParkedRun, "id" | "functionId">;

/** Runs let through, or moved from one gate to another, in one commit; what is more follows in the next. */
const MAX_PASSAGES = 200;

/**
 * Lets runs through their gates. A run passes when all gates ahead of it are open at one moment; else it waits at the first that
 * is not. When places are given up, those who wait for them pass in the same plan, the lowest (rank, id) first.
 *
 * A run that is first at gate A but finds B closed moves to B, and the next is looked at. Of those who have A and B ahead one alone
 * stands at either ({@link Lines}): so a place that is given up costs a move for each other key that is waited for at most, however
 * many wait, and hides nobody who could pass.
 */
export class Lanes {
  readonly messages: MessageRow[] = [];
  readonly leased: LeasedRun[] = [];
  readonly guards: Guard[] = [];
  readonly #patches = new Map<string, RunPatch>();
  readonly #rooms: GateRooms;
  readonly #lines: Lines;
  readonly #context: LanesContext;
  /** Gates at which somebody may pass. */
  readonly #ready = new Set<Passable>();
  #passages = 0;

  constructor(board: GateBoard, context: LanesContext) {
    this.#rooms = new GateRooms(board, context);
    this.#lines = new Lines(board);
    this.#context = context;
  }

  /** Gives the run a place, or puts it in a queue. Returns the gate or line at which it waits; null: it has a place. */
  enter(run: ParkedRun, flow: RunFlow): string | null {
    // Who waits there already goes first.
    this.#lookAt(gatesAhead(flow), run);
    this.#settle();
    const line = this.#lines.of(run, flow);
    if (line && this.#lines.isBehind(line, run)) {
      this.#lines.add(line, run);
      return line.id;
    }
    const closed = this.#closedAhead(run, flow, null);
    if (closed) this.#stand(run, flow, closed);
    else this.#rooms.take(run, flow);
    this.#rooms.tidy();
    return closed?.id ?? null;
  }

  /** The run waits at the gate, in front of all of its line: who was there before steps back. */
  #stand(run: ParkedRun, flow: RunFlow, gate: Passable): void {
    const line = this.#lines.of(run, flow);
    if (line?.state) {
      const { head, at } = line.state;
      this.#rooms.unqueue(this.#rooms.gate(at), head.id);
      this.#lines.add(line, head);
      this.#patch({ id: head.id, gate: line.id });
    }
    this.#rooms.queue(gate, run);
    if (line) this.#lines.lead(line, run, gate.id);
  }

  /** Gives places up; with the run's end also those that it held as a whole. */
  leave(flow: RunFlow, places: number, isEnded: boolean): void {
    if (places > 0) for (const [id] of flow.lanes) this.#ready.add(this.#rooms.free(id, places));
    if (isEnded && flow.started) for (const [id] of flow.whole) this.#ready.add(this.#rooms.free(id, 1));
    this.#settle();
    this.#rooms.tidy();
  }

  /** Takes the run out of the queue it is in. */
  withdraw(run: WaitingRun, gateId: string, flow: RunFlow): void {
    if (isLine(gateId)) return this.#lines.remove(this.#lines.gate(gateId), run.id);
    const gate = this.#rooms.gate(gateId);
    this.#rooms.unqueue(gate, run.id);
    this.#goOn(run, flow, gate);
    this.#settle();
    this.#rooms.tidy();
  }

  /** The gate's time has come, or its limit has changed. */
  open(gateId: string): void {
    if (isLine(gateId)) return;
    const gate = this.#rooms.gate(gateId);
    if (gate.state === null) return;
    gate.put(gate.state as never, null);
    this.#ready.add(gate);
    this.#settle();
    this.#rooms.tidy();
  }

  get runs(): RunPatch[] {
    return [...this.#patches.values()];
  }

  /** One that comes forward and passes is written once. */
  #patch(patch: RunPatch): void {
    const before = this.#patches.get(patch.id);
    if (before) Object.assign(before, patch);
    else this.#patches.set(patch.id, patch);
  }

  #lookAt(gateIds: string[], run: ParkedRun): void {
    for (const id of gateIds) {
      const gate = this.#rooms.gate(id, run);
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
      const run = this.#rooms.firstWithRoom(gate);
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
    if (closed) return this.#move(run, flow, closed);
    this.#rooms.take(run, flow);
    this.#goOn(run, flow, gate);
    // One that has started may be in somebody's memory, who must be told.
    const lease = flow.started ? null : this.#context.leaseOf(run);
    if (lease) return this.#lease(run, flow, lease);
    this.#patch({ id: run.id, gate: null });
    this.messages.push(this.#slot(run.id));
  }

  /** It starts with this commit: nothing has to be written before its function is called. */
  #lease({ id, functionId, epoch: before }: ParkedRun, flow: RunFlow, { owner, finishBy }: Lease): void {
    const epoch = before + 1;
    const held = JSON.stringify({ ...flow, started: true, held: flow.held + 1 });
    const started = { status: "running", startedAt: this.#context.now, finishBy } as const;
    this.guards.push({ kind: "unowned", runId: id, epoch: before });
    this.#patch({ id, ...started, gate: null, flow: held, owner, epoch, wakeAt: null, blocked: null });
    this.leased.push({ id, functionId, owner, epoch, blocked: "gate" });
  }

  #move(run: ParkedRun, flow: RunFlow, to: Passable): void {
    this.#rooms.queue(to, run);
    this.#patch({ id: run.id, gate: to.id });
    const line = this.#lines.of(run, flow);
    if (line && this.#lines.isHead(line, run.id)) this.#lines.lead(line, run, to.id);
  }

  /** The run goes away from the gate: if it was the head of a line the next of that comes to where he has to wait. */
  #goOn(gone: WaitingRun, flow: RunFlow, from: Passable): void {
    const line = this.#lines.of(gone, flow);
    if (!line || !this.#lines.isHead(line, gone.id)) return;
    const next = this.#lines.next(line);
    if (!next) return;
    const closed = this.#closedAhead(next, knownFlow(next) ?? flow, null);
    const gate = closed ?? from;
    this.#rooms.queue(gate, next);
    this.#lines.lead(line, next, gate.id);
    this.#patch({ id: next.id, gate: gate.id });
    if (!closed) this.#ready.add(gate);
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
