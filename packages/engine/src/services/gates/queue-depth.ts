import type { GateRow, ParkedRun, Store } from "@stepfast/store";
import { type LineState, lineId } from "../../domain/flow/lines.ts";
import { knownFlow } from "../../domain/flow/run-flow.ts";

/** Of those who wait at the gate itself so many are looked at for a line behind them. */
const LOOK = 400;

/** Runs that wait for a gate: those that stand at it, and those in line behind them. */
export async function queueDepth(store: Store, gate: GateRow): Promise<number> {
  const heads = await store.listParked({ gate: gate.id, limit: LOOK });
  const ids = new Set(heads.map((run) => idOfLine(run)).filter((id) => id !== null));
  const lines = ids.size === 0 ? [] : await store.getGates([...ids]);
  const own = lines.filter((line) => standsAt(line) === gate.id);
  return own.reduce((sum, line) => sum + waitingAt(line), waitingAt(gate));
}

function idOfLine(run: ParkedRun): string | null {
  const flow = knownFlow(run);
  return flow && lineId(run.functionId, flow);
}

/** The gate at which a line's head stands. */
export function standsAt({ state }: GateRow): string {
  return (JSON.parse(state) as LineState).at;
}

/** As the gate itself counts. */
export function waitingAt({ state }: GateRow): number {
  return (JSON.parse(state) as { waiting?: number }).waiting ?? 0;
}
