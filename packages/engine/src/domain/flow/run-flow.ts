import type { EventPayload } from "@stepfast/protocol";
import type { FlowSpec, LaneSpec } from "./flow-spec.ts";
import { gateId, keyValue, ruleOf, sharedGateId } from "./gate-id.ts";

/** A gate on a run's way, and as it was when the run was made: its limit, and of one that functions share the rules it is of. */
export type LimitedGate = [gateId: string, limit: number, rules?: string[]];

/** The gates before a run, found when it was made, and what it holds of them. JSON in `RunRow.flow`. */
export interface RunFlow {
  /** One place in each is held for each call that executes. */
  lanes: LimitedGate[];
  /** One place in each is held from the start to the end. */
  whole: LimitedGate[];
  throttle: string | null;
  singleton: string | null;
  /** It has passed the throttle and holds `whole`. */
  started: boolean;
  /** Places held in each lane. */
  held: number;
}

const read = new WeakMap<object, RunFlow>();

/** The gates before a run that waits; read once. */
export function knownFlow(run: { flow: string | null }): RunFlow | null {
  const known = read.get(run) ?? parseFlow(run.flow);
  if (known) read.set(run, known);
  return known;
}

/** What the run's own configuration said of the gate. */
export function statedGate(flow: RunFlow, id: string): LimitedGate | undefined {
  const find = (gates: LimitedGate[]) => gates.find(([gateId]) => gateId === id);
  return find(flow.lanes) ?? find(flow.whole);
}

export function parseFlow(text: string | null): RunFlow | null {
  return text === null ? null : (JSON.parse(text) as RunFlow);
}

/** Whether a run that has this many calls under way may make one more. */
export function hasPlace(flow: RunFlow | null, calls: number): boolean {
  if (!flow) return true;
  return flow.started && (flow.lanes.length === 0 || flow.held > calls);
}

/** Every gate a run must find open at one moment to get (another) place. */
export function gatesAhead(flow: RunFlow): string[] {
  const lanes = flow.lanes.map(([id]) => id);
  if (flow.started) return lanes;
  const whole = flow.whole.map(([id]) => id);
  return [...(flow.throttle === null ? [] : [flow.throttle]), ...whole, ...lanes];
}

/** What comes of a function's limits for an event; null: nothing that holds a run up. */
export function runFlow(
  functionId: string,
  spec: FlowSpec,
  event: EventPayload,
  singleton: string | null,
): RunFlow | null {
  const lanes = distinct(spec.lanes.map((lane) => laneGate("lane", functionId, lane, event)));
  const whole = distinct(spec.whole.map((lane) => laneGate("whole", functionId, lane, event)));
  const key = spec.throttle ? keyValue(spec.throttle.key, event) : null;
  const throttle = spec.throttle ? gateId("throttle", functionId, spec.throttle.key, key) : null;
  if (lanes.length + whole.length === 0 && throttle === null && singleton === null) return null;
  return { lanes, whole, throttle, singleton, started: false, held: 0 };
}

function laneGate(
  kind: "lane" | "whole",
  functionId: string,
  lane: LaneSpec,
  event: EventPayload,
): LimitedGate {
  const value = keyValue(lane.key, event);
  if (lane.scope === "fn" || value === null) return [gateId(kind, functionId, lane.key, value), lane.limit];
  return [sharedGateId(kind, lane.scope, value), lane.limit, [ruleOf(lane.key)]];
}

/** Two rules may come to the same gate: the narrower one counts. */
function distinct(gates: LimitedGate[]): LimitedGate[] {
  const found = new Map<string, LimitedGate>();
  for (const gate of gates) {
    const [id, limit, rules] = gate;
    const [, other = limit, others = []] = found.get(id) ?? gate;
    const all = [...new Set([...others, ...(rules ?? [])])];
    found.set(id, rules ? [id, Math.min(limit, other), all] : [id, Math.min(limit, other)]);
  }
  return [...found.values()];
}

/** A run's place in a queue: when it was made, moved forward by its priority's seconds (SERVER §2.8). */
export function rankOf(spec: FlowSpec, event: EventPayload, queuedAt: number): number {
  if (!spec.priority) return queuedAt;
  try {
    const seconds = Number(spec.priority.value({ event }));
    if (!Number.isFinite(seconds)) return queuedAt;
    return queuedAt - Math.max(-MAX_PRIORITY_S, Math.min(MAX_PRIORITY_S, Math.trunc(seconds))) * 1_000;
  } catch {
    return queuedAt;
  }
}

const MAX_PRIORITY_S = 600;
