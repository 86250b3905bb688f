import type { FunctionConfig } from "@stepfast/protocol";
import type { ChangeSet, FunctionRow, GateRow } from "@stepfast/store";
import { broughtBack, dueAtOf, newSchedule, renewed, scheduleRow, scheduleState } from "./ledger.ts";
import { type ScheduleSpec, scheduleSpecs, withReadableCrons } from "./schedule-spec.ts";

interface Wanted {
  spec: ScheduleSpec;
  appId: string;
}

/**
 * What brings the ledger into line with the functions that are registered; null: nothing has to change. An entry whose trigger is
 * still there goes on where it stood. The entries must have been read before the functions: then one whose function
 * is not there belongs to nobody.
 */
export function ledgerPlan(
  entries: readonly GateRow[],
  functions: readonly FunctionRow[],
  context: { now: number; newId: () => string },
): ChangeSet | null {
  const wanted = wantedSchedules(functions);
  const known = new Map(entries.map((gate) => [gate.id, gate]));
  const stamp = context.newId();
  const changes: Required<Pick<ChangeSet, "guards" | "gates" | "endedGates">> = {
    guards: [],
    gates: [],
    endedGates: [],
  };
  for (const gate of entries) {
    if (wanted.has(gate.id)) continue;
    changes.guards.push({ kind: "gate", id: gate.id, stamp: gate.stamp });
    changes.endedGates.push(gate.id);
  }
  for (const [id, one] of wanted) {
    const gate = known.get(id);
    const row = gate ? renewedRow(gate, one, context.now, stamp) : newRow(one, context.now, stamp);
    if (!row) continue;
    changes.guards.push({ kind: "gate", id, stamp: gate?.stamp ?? null });
    changes.gates.push(row);
  }
  return changes.guards.length === 0 ? null : changes;
}

/** Whether the entry's trigger is one of a function that is registered. */
export function isRegistered(gate: GateRow, functions: readonly FunctionRow[]): boolean {
  return wantedSchedules(functions.filter((fn) => fn.id === gate.functionId)).has(gate.id);
}

function wantedSchedules(functions: readonly FunctionRow[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { config, appId, archivedAt } of functions) {
    if (archivedAt !== null || !config.includes('"cron"')) continue;
    const readable = withReadableCrons(JSON.parse(config) as FunctionConfig);
    for (const spec of scheduleSpecs(readable)) wanted.set(spec.gateId, { spec, appId });
  }
  return wanted;
}

function newRow({ spec, appId }: Wanted, now: number, stamp: string): GateRow {
  return scheduleRow(spec, newSchedule(spec, appId, now), stamp);
}

/** Null: it is as it should be. */
function renewedRow(gate: GateRow, { spec, appId }: Wanted, now: number, stamp: string): GateRow | null {
  const state = broughtBack(renewed(scheduleState(gate), spec, appId), spec, now);
  const isSame = JSON.stringify(state) === gate.state && dueAtOf(spec, state) === gate.dueAt;
  return isSame ? null : scheduleRow(spec, state, stamp);
}
