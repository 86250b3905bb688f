import type { GateKind, ParkedRun } from "@stepfast/store";
import { CLOCK_SKEW_MS } from "../clock-skew.ts";
import type { GateBoard, OpenGate } from "./gate-board.ts";
import { isSharedGate } from "./gate-id.ts";
import { type LaneState, type Passable, type ThrottleState, waitingAt } from "./passable.ts";
import { knownFlow, type LimitedGate, type RunFlow, statedGate } from "./run-flow.ts";
import { afterStart, emptyAt, nextPlaceAt, opensAt, type ThrottleRule } from "./throttle-bucket.ts";

/** The limits in force: those of the current configuration and what was changed over it. */
export interface FlowRules {
  /** Null: the function has no such limit any more, or is not known here. */
  limit(functionId: string, stated: LimitedGate): number | null;
  /** Null: the function is not known here; then the gate's own, as it was last used. */
  throttle(functionId: string, gateId: string): ThrottleRule | null;
}

export interface RoomContext {
  now: number;
  rules: FlowRules;
}

/** The gates that runs wait at, in one plan: how much room they have, who takes it and who queues for it. */
export class GateRooms {
  readonly #board: GateBoard;
  readonly #context: RoomContext;
  readonly #used = new Set<Passable>();
  /** They have more to let through than one plan may. */
  readonly #unfinished = new Set<Passable>();

  constructor(board: GateBoard, context: RoomContext) {
    this.#board = board;
    this.#context = context;
  }

  gate(id: string, run?: Pick<ParkedRun, "functionId">): Passable {
    const kind: GateKind = id.startsWith("throttle:") ? "throttle" : "lane";
    const gate = this.#board.gate(id, kind, isSharedGate(id) ? null : (run?.functionId ?? null)) as Passable;
    if (kind === "throttle" && !this.#used.has(gate)) {
      this.#bringIntoReach(gate as OpenGate<ThrottleState>, run?.functionId ?? gate.functionId ?? "");
    }
    this.#used.add(gate);
    return gate;
  }

  /** The clock was put back, or the limit allows more than it did: who waits waits no longer than the limit in force can ask. */
  #bringIntoReach(gate: OpenGate<ThrottleState>, functionId: string): void {
    if (gate.state === null) return;
    const furthest = emptyAt(this.#throttleRule(gate, functionId), this.#context.now);
    if (gate.state.fullAt <= furthest + CLOCK_SKEW_MS) return;
    gate.put({ ...gate.state, fullAt: furthest }, null);
  }

  /** How many more may pass just now, `run` being the next of them. */
  room(gate: Passable, run: ParkedRun, flow = knownFlow(run)): number {
    if (gate.kind === "throttle") return this.#throttleRoom(gate as OpenGate<ThrottleState>, run.functionId);
    const state = gate.state as LaneState | null;
    const stated = (flow && statedGate(flow, gate.id)) ?? [gate.id, state?.limit ?? 1];
    return limitAt(this.#context.rules, { functionId: run.functionId, stated, state }) - (state?.held ?? 0);
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

  /**
   * The first who waits at the gate, if it has room for him. Functions that share a gate may each state another limit: the
   * first for whom there is room.
   */
  firstWithRoom(gate: Passable): ParkedRun | undefined {
    gate.isTouched = true;
    if (waitingAt(gate) === 0) return undefined;
    if (gate.queue.length === 0) {
      if (gate.isWhole) gate.put({ ...gate.state, waiting: 0 } as never, gate.dueAt);
      else this.#board.needs.add(gate.id);
      return undefined;
    }
    const asked = new Set<string>();
    for (const run of gate.queue) {
      if (asked.has(run.functionId)) continue;
      if (this.room(gate, run) > 0) return run;
      if (!isSharedGate(gate.id)) return undefined;
      asked.add(run.functionId);
    }
    return undefined;
  }

  queue(gate: Passable, run: ParkedRun): void {
    if (gate.state === null) gate.put(this.#emptyState(gate, run) as never, null);
    gate.add(run);
    this.#count(gate, 1);
  }

  /** Another node may know better who waits: it must still be so when this is written. */
  unqueue(gate: Passable, runId: string): void {
    gate.isTouched = true;
    gate.remove(runId);
    this.#count(gate, -1);
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

  /** The run takes what it needs of all gates ahead of it. */
  take(run: ParkedRun, flow: RunFlow): void {
    for (const stated of flow.started ? flow.lanes : [...flow.whole, ...flow.lanes]) {
      const [id, limit] = stated;
      const gate = this.gate(id, run) as OpenGate<LaneState>;
      const state = gate.state ?? { held: 0, waiting: 0, limit };
      const current = limitAt(this.#context.rules, { functionId: run.functionId, stated, state });
      gate.put({ ...state, held: state.held + 1, limit: current }, gate.dueAt);
    }
    if (!flow.started && flow.throttle !== null) this.#start(flow.throttle, run);
  }

  #start(id: string, run: ParkedRun): void {
    const gate = this.gate(id, run) as OpenGate<ThrottleState>;
    const rule = this.#throttleRule(gate, run.functionId);
    const state = gate.state ?? { ...rule, fullAt: 0, waiting: 0 };
    gate.put({ ...state, ...rule, fullAt: afterStart(state.fullAt, rule, this.#context.now) }, gate.dueAt);
  }

  /** Places are given up. */
  free(id: string, places: number): Passable {
    const gate = this.gate(id) as OpenGate<LaneState>;
    const state = gate.state ?? { held: 0, waiting: 0, limit: 0 };
    gate.put({ ...state, held: Math.max(0, state.held - places) }, gate.dueAt);
    return gate;
  }

  lookAgain(gate: Passable): void {
    this.#unfinished.add(gate);
  }

  /** Sets when gates want to be looked at, and ends those that nobody needs. */
  tidy(): void {
    for (const gate of this.#used) this.#tidyOne(gate);
    this.#used.clear();
    this.#unfinished.clear();
  }

  #tidyOne(gate: Passable): void {
    const { state } = gate;
    if (state === null) return;
    const isIdle = "held" in state ? state.held === 0 : state.fullAt <= this.#context.now;
    if (state.waiting === 0 && isIdle) return gate.end();
    const dueAt = this.#unfinished.has(gate) ? this.#context.now : this.#dueAt(gate);
    if (gate.dueAt !== dueAt) gate.put(state as never, dueAt);
  }

  /** A throttle with a queue is looked at when it lets one more start; one without, when it is as if nothing had started. */
  #dueAt(gate: Passable): number | null {
    const state = gate.state as ThrottleState;
    // What is due is not put off by who comes meanwhile.
    const isDue = gate.dueAt !== null && gate.dueAt <= this.#context.now && state.waiting > 0;
    if (gate.kind !== "throttle" || isDue) return gate.dueAt;
    const rule = this.#throttleRule(gate as OpenGate<ThrottleState>, gate.functionId ?? "");
    if (state.waiting === 0) return Math.ceil(state.fullAt);
    return nextPlaceAt(state.fullAt, rule, this.#context.now);
  }
}

/** What counts at a lane for a run. Where its rule is gone all who wait there go by what was last used, so that none hides another. */
export function limitAt(
  rules: FlowRules,
  at: { functionId: string; stated: LimitedGate; state: LaneState | null },
): number {
  const [gateId, stated] = at.stated;
  const lastUsed = isSharedGate(gateId) ? null : at.state?.limit || null;
  return rules.limit(at.functionId, at.stated) ?? lastUsed ?? stated;
}
