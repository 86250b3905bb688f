import type { GateKind, MessageRow, ParkedRun, RunPatch } from "@stepfast/store";
import type { GateBoard, OpenGate } from "./gate-board.ts";
import { gatesAhead, type LimitedGate, parseFlow, type RunFlow } from "./run-flow.ts";
import { afterStart, nextPlaceAt, opensAt, type ThrottleRule } from "./throttle-bucket.ts";

/** State of a gate of kind `lane`. */
export interface LaneState {
  held: number;
  waiting: number;
  /** As it was last used. */
  limit: number;
}

/** State of a gate of kind `throttle`. */
export interface ThrottleState extends ThrottleRule {
  fullAt: number;
  waiting: number;
}

/** The limits in force: those of the current configuration and what was changed over it. */
export interface FlowRules {
  limit(functionId: string, gateId: string, stated: number): number;
  /** Null: the function is not known here; then the gate's own, as it was last used. */
  throttle(functionId: string, gateId: string): ThrottleRule | null;
}

export interface LanesContext {
  now: number;
  newId: () => string;
  rules: FlowRules;
}

type Passable = OpenGate<LaneState> | OpenGate<ThrottleState>;

/** Runs let through, or moved from one gate to another, in one commit; what is more follows in the next. */
const MAX_PASSAGES = 200;

/**
 * Lets runs through their gates. A run passes when all gates ahead of it are open at one moment; else it waits at the first that
 * is not. When a place is given up, those who wait for it pass in the same plan.
 *
 * A run that is first at gate A but finds B closed moves to B, and what it could have had at A stays free for it: where all who
 * wait at A need B, no more of them move than A has places. So neither queue hides a run that could pass, and each place that
 * is given up costs a bounded number of moves.
 */
export class Lanes {
  readonly messages: MessageRow[] = [];
  readonly runs: RunPatch[] = [];
  readonly #board: GateBoard;
  readonly #context: LanesContext;
  #passages = 0;

  constructor(board: GateBoard, context: LanesContext) {
    this.#board = board;
    this.#context = context;
  }

  /** Gives the run a place, or puts it in a queue. Returns the gate at which it waits; null: it has a place. */
  enter(run: ParkedRun, flow: RunFlow): string | null {
    const closed = this.#closedAhead(run, flow, null);
    if (closed) {
      this.#queue(closed, run);
      return closed.id;
    }
    this.#take(run, flow);
    return null;
  }

  /** Gives places up; with the run's end also those that it held as a whole. */
  leave(flow: RunFlow, places: number, isEnded: boolean): void {
    const freed: OpenGate<LaneState>[] = [];
    for (const [id] of flow.lanes) if (places > 0) freed.push(this.#free(id, places));
    if (isEnded && flow.started) for (const [id] of flow.whole) freed.push(this.#free(id, 1));
    for (const gate of freed) this.#pump(gate);
    for (const gate of freed) this.#endIfIdle(gate);
  }

  /** Takes the run out of the queue it is in: what it left free elsewhere is for the next. */
  withdraw(runId: string, gateId: string, flow: RunFlow): void {
    const gate = this.#gate(gateId);
    gate.remove(runId);
    this.#count(gate, -1);
    for (const id of gatesAhead(flow)) this.#pump(this.#gate(id));
    for (const id of gatesAhead(flow)) this.#endIfIdle(this.#gate(id));
  }

  /** The gate's time has come, or its limit has changed. */
  open(gateId: string): void {
    const gate = this.#gate(gateId);
    if (gate.state === null) return;
    gate.put(gate.state as never, null);
    this.#pump(gate);
    this.#endIfIdle(gate);
  }

  #free(id: string, places: number): OpenGate<LaneState> {
    const gate = this.#board.gate<LaneState>(id, "lane", null);
    const state = gate.state ?? { held: 0, waiting: 0, limit: 0 };
    gate.put({ ...state, held: Math.max(0, state.held - places) }, gate.dueAt);
    return gate;
  }

  #pump(gate: Passable): void {
    let moved = 0;
    for (;;) {
      const waiting = gate.state?.waiting ?? 0;
      if (waiting === 0) break;
      const run = gate.first;
      if (!run) {
        this.#board.needs.add(gate.id);
        return;
      }
      const room = this.#room(gate, run);
      if (room <= moved) break;
      if (this.#passages++ >= MAX_PASSAGES) {
        gate.put(gate.state as never, this.#context.now);
        return;
      }
      if (this.#advance(gate, run)) continue;
      moved++;
    }
    this.#scheduleOpening(gate);
  }

  /** The first of a queue passes or moves on. False: it moved to where all that wait here would have to wait. */
  #advance(gate: Passable, run: ParkedRun): boolean {
    const flow = parseFlow(run.flow);
    gate.remove(run.id);
    this.#count(gate, -1);
    if (!flow) return true;
    const closed = this.#closedAhead(run, flow, gate.id);
    if (closed) {
      this.#queue(closed, run);
      this.runs.push({ id: run.id, gate: closed.id });
      return !isOnEveryWay(closed.id, gate.id, run.functionId);
    }
    this.#take(run, flow);
    this.runs.push({ id: run.id, gate: null });
    this.messages.push({
      id: this.#context.newId(),
      runId: run.id,
      kind: "slot",
      stepId: "",
      payload: "{}",
      createdAt: this.#context.now,
    });
    return true;
  }

  #closedAhead(run: ParkedRun, flow: RunFlow, except: string | null): Passable | null {
    for (const id of gatesAhead(flow)) {
      const gate = this.#gate(id, flow, run.functionId);
      // Who waits there already goes first.
      if (except === null && (gate.state?.waiting ?? 0) > 0) this.#pump(gate);
      if (id !== except && this.#room(gate, run, flow) <= 0) return gate;
    }
    return null;
  }

  #take(run: ParkedRun, flow: RunFlow): void {
    for (const [id, limit] of flow.started ? flow.lanes : [...flow.whole, ...flow.lanes]) {
      const gate = this.#gate(id, flow, run.functionId) as OpenGate<LaneState>;
      const state = gate.state ?? { held: 0, waiting: 0, limit };
      const current = this.#context.rules.limit(run.functionId, id, limit);
      gate.put({ ...state, held: state.held + 1, limit: current }, gate.dueAt);
    }
    if (!flow.started && flow.throttle !== null) this.#start(flow.throttle, run, flow);
  }

  #start(id: string, run: ParkedRun, flow: RunFlow): void {
    const gate = this.#gate(id, flow, run.functionId) as OpenGate<ThrottleState>;
    const rule = this.#throttleRule(gate, run.functionId);
    const state = gate.state ?? { ...rule, fullAt: 0, waiting: 0 };
    gate.put({ ...state, ...rule, fullAt: afterStart(state.fullAt, rule, this.#context.now) }, null);
    this.#scheduleOpening(gate);
  }

  #room(gate: Passable, run: ParkedRun, flow = parseFlow(run.flow)): number {
    if (gate.kind === "throttle") return this.#throttleRoom(gate as OpenGate<ThrottleState>, run.functionId);
    const state = gate.state as LaneState | null;
    const stated = statedLimit(flow, gate.id) ?? state?.limit ?? 1;
    return this.#context.rules.limit(run.functionId, gate.id, stated) - (state?.held ?? 0);
  }

  #throttleRoom(gate: OpenGate<ThrottleState>, functionId: string): number {
    const rule = this.#throttleRule(gate, functionId);
    const opens = opensAt(gate.state?.fullAt ?? 0, rule);
    if (opens > this.#context.now) return 0;
    return 1 + Math.floor((this.#context.now - opens) / (rule.periodMs / rule.limit));
  }

  #throttleRule(gate: OpenGate<ThrottleState>, functionId: string): ThrottleRule {
    const current = this.#context.rules.throttle(functionId, gate.id);
    const { limit, burst, periodMs } = current ?? gate.state ?? { limit: 1, burst: 0, periodMs: 1 };
    return { limit, burst, periodMs };
  }

  #queue(gate: Passable, run: ParkedRun): void {
    const functionId = gate.functionId ?? run.functionId;
    if (gate.state === null) gate.put(this.#emptyState(gate, run) as never, null);
    gate.add(run);
    this.#count(gate, 1);
    if (gate.kind === "throttle") this.#scheduleOpening(gate, functionId);
  }

  /** A queue before a gate that nobody holds: its limit is none at all. */
  #emptyState(gate: Passable, run: ParkedRun): LaneState | ThrottleState {
    if (gate.kind !== "throttle") return { held: 0, waiting: 0, limit: 0 };
    return { ...this.#throttleRule(gate as OpenGate<ThrottleState>, run.functionId), fullAt: 0, waiting: 0 };
  }

  #count(gate: Passable, by: 1 | -1): void {
    if (gate.state === null) return;
    gate.put({ ...gate.state, waiting: Math.max(0, gate.state.waiting + by) } as never, gate.dueAt);
  }

  /** A throttle with a queue is looked at when it lets one more start; one without, when it is as if nothing had started. */
  #scheduleOpening(gate: Passable, functionId = gate.functionId ?? ""): void {
    if (gate.kind !== "throttle" || gate.state === null) return;
    const state = gate.state as ThrottleState;
    const rule = this.#throttleRule(gate as OpenGate<ThrottleState>, functionId);
    const fullAt = Math.ceil(state.fullAt);
    const dueAt = state.waiting > 0 ? nextPlaceAt(state.fullAt, rule, this.#context.now) : fullAt;
    if (gate.dueAt !== dueAt) gate.put(gate.state as never, dueAt);
  }

  #endIfIdle(gate: Passable): void {
    const { state } = gate;
    if (state === null || state.waiting > 0) return;
    const isIdle = "held" in state ? state.held === 0 : state.fullAt <= this.#context.now;
    if (isIdle) gate.end();
  }

  #gate(id: string, flow?: RunFlow, functionId?: string): Passable {
    const kind: GateKind = id === flow?.throttle || id.startsWith("throttle:") ? "throttle" : "lane";
    return this.#board.gate(id, kind, isShared(id) ? null : (functionId ?? null)) as Passable;
  }
}

function statedLimit(flow: RunFlow | null, id: string): number | undefined {
  const find = (gates: LimitedGate[]) => gates.find(([gateId]) => gateId === id)?.[1];
  return flow ? (find(flow.lanes) ?? find(flow.whole)) : undefined;
}

/** Functions share it. */
function isShared(gateId: string): boolean {
  return gateId.split(":", 2)[1]?.startsWith("@") ?? false;
}

/** Whether all who wait at `here` have `gate` ahead of them: both are the one function's, and `gate` has no key. */
function isOnEveryWay(gate: string, here: string, functionId: string): boolean {
  const [, scope, rule] = gate.split(":", 3);
  return scope === functionId && rule === "" && here.split(":", 2)[1] === functionId;
}
