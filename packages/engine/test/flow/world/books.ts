import type { GateRow, RunRow } from "@stepfast/store";
import { isLine } from "../../../src/domain/flow/lines.ts";
import type { LaneState, ThrottleState } from "../../../src/domain/flow/passable.ts";
import { gatesAhead, parseFlow, type RunFlow } from "../../../src/domain/flow/run-flow.ts";
import { opensAt } from "../../../src/domain/flow/throttle-bucket.ts";

/** What is stored of live runs and gates at one moment. `slots`: news of kind `slot` that runs have not taken in, by run. */
export interface Books {
  runs: RunRow[];
  gates: GateRow[];
  slots: ReadonlyMap<string, number>;
}

interface Held {
  run: RunRow;
  flow: RunFlow;
  slots: number;
}

function heldRuns({ runs, slots }: Books): Held[] {
  return runs.flatMap((run) => {
    const flow = parseFlow(run.flow);
    return flow ? [{ run, flow, slots: slots.get(run.id) ?? 0 }] : [];
  });
}

/** What gates count and what runs hold must agree, after every commit. */
export function* disagreements(books: Books): Generator<string> {
  const expected = new Map<string, { held: number; waiting: number; limit: number }>();
  const at = (id: string, limit: number) => {
    const found = expected.get(id) ?? { held: 0, waiting: 0, limit };
    found.limit = Math.max(found.limit, limit);
    expected.set(id, found);
    return found;
  };
  for (const { run, flow, slots } of heldRuns(books)) {
    for (const [id, limit] of flow.lanes) at(id, limit).held += flow.held + slots;
    for (const [id, limit] of flow.whole) at(id, limit).held += flow.started || slots > 0 ? 1 : 0;
    if (run.gate !== null) at(run.gate, 0).waiting++;
    if (slots > 1) yield `${run.id} has ${slots} slots`;
    if (slots > 0 && run.gate !== null) yield `${run.id} was let through and waits at ${run.gate}`;
  }
  const states = new Map(books.gates.map((gate) => [gate.id, gate]));
  for (const gate of books.gates) {
    if (gate.kind !== "lane" && gate.kind !== "throttle") continue;
    const state = JSON.parse(gate.state) as LaneState & ThrottleState;
    const want = expected.get(gate.id) ?? { held: 0, waiting: 0, limit: 0 };
    if (state.waiting !== want.waiting)
      yield `${gate.id} counts ${state.waiting} waiting, ${want.waiting} are`;
    if (gate.kind !== "lane") continue;
    if (state.held !== want.held) yield `${gate.id} counts ${state.held} places, runs hold ${want.held}`;
    if (want.held > want.limit) yield `${gate.id} has ${want.held} of ${want.limit} places taken`;
    if (state.held === 0 && state.waiting === 0 && !isLine(gate.id)) yield `${gate.id} is there for nothing`;
  }
  for (const [id, want] of expected)
    if (!states.has(id) && want.held + want.waiting > 0) yield `${id} is not there: ${JSON.stringify(want)}`;
}

/** Runs that wait although every gate ahead of them is open. */
export function* idlePlaces(books: Books, nowMs: number): Generator<string> {
  const gates = new Map(books.gates.map((gate) => [gate.id, gate]));
  for (const { run, flow } of heldRuns(books)) {
    if (run.gate === null) continue;
    const limits = new Map([...flow.whole, ...flow.lanes].map(([id, limit]) => [id, limit]));
    const isOpen = (id: string) => {
      const text = gates.get(id)?.state;
      if (text === undefined) return true;
      const state = JSON.parse(text) as LaneState & ThrottleState;
      if (!limits.has(id)) return opensAt(state.fullAt, state) <= nowMs;
      return state.held < (limits.get(id) ?? 0);
    };
    if (gatesAhead(flow).every(isOpen)) yield `${run.id} waits at ${run.gate}, and could go: ${run.flow}`;
  }
}
