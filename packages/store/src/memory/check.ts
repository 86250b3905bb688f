import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, Conflict, Guard } from "../change-set.ts";
import type { StepRow } from "../records.ts";
import { identity } from "./key-claims.ts";
import { isLive } from "./run-table.ts";
import type { Tables } from "./tables.ts";

/**
 * The first reason to refuse the change-set: guards, keys, events and steps are looked at in this order. Throws
 * `internal` if it writes to a run that does not exist, or makes one that does: only a caller's bug explains that.
 */
export function findConflict(tables: Tables, changes: ChangeSet): Conflict | undefined {
  const conflict = findGuard(tables, changes) ?? findKey(tables, changes) ?? findEvent(tables, changes);
  if (conflict !== undefined) return conflict;
  const runIds = requireNewRuns(tables, changes);
  const isKnown = (id: string) => runIds.has(id) || tables.runs.get(id) !== undefined;
  const step = findStep(tables, changes, isKnown);
  if (step !== undefined) return step;
  for (const rows of [changes.attempts, changes.metadata, changes.newWaits]) requireRuns(isKnown, rows ?? []);
  requireRuns(
    isKnown,
    (changes.runs ?? []).map(({ id }) => ({ runId: id })),
  );
  return undefined;
}

function findGuard(tables: Tables, changes: ChangeSet): Conflict | undefined {
  const guard = changes.guards?.find((candidate) => !holds(tables, candidate));
  return guard === undefined ? undefined : { kind: "guard", guard };
}

function holds(tables: Tables, guard: Guard): boolean {
  if (guard.kind === "waits") return tables.waits.isUnchanged(guard);
  if (guard.kind === "gate") return (tables.gates.get(guard.id)?.stamp ?? null) === guard.stamp;
  const run = tables.runs.get(guard.runId);
  if (run === undefined) return false;
  if (guard.kind === "parked") return isLive(run.row) && run.row.gate === guard.gate;
  if (guard.kind === "wait") return run.waits.has(guard.stepId);
  if (!isLive(run.row)) return false;
  if (guard.kind === "unowned") return run.row.owner === null && run.row.epoch === guard.epoch;
  return guard.kind === "live" || (run.row.owner === guard.owner && run.row.epoch === guard.epoch);
}

function findKey(tables: Tables, changes: ChangeSet): Conflict | undefined {
  const claimed = new Map<string, string>();
  for (const [index, row] of (changes.keys ?? []).entries()) {
    const value = claimed.get(identity(row)) ?? tables.keys.holder(row)?.value;
    if (value !== undefined) return { kind: "key", index, scope: row.scope, key: row.key, value };
    claimed.set(identity(row), row.value);
  }
  return undefined;
}

function findEvent(tables: Tables, changes: ChangeSet): Conflict | undefined {
  const ids = new Set<string>();
  for (const { id } of changes.events ?? []) {
    if (ids.has(id) || tables.events.has(id)) return { kind: "event", id };
    ids.add(id);
  }
  return undefined;
}

function requireNewRuns(tables: Tables, changes: ChangeSet): Set<string> {
  const ids = new Set<string>();
  for (const { id } of changes.newRuns ?? []) {
    if (ids.has(id) || tables.runs.get(id) !== undefined) {
      throw new StepfastError("internal", `The run ${id} exists already: give a new run a new id.`);
    }
    ids.add(id);
  }
  return ids;
}

function requireRuns(isKnown: IsKnown, rows: { runId: string }[]): void {
  const stray = rows.find(({ runId }) => !isKnown(runId));
  if (stray !== undefined) throw new StepfastError("internal", `There is no run ${stray.runId} to write to.`);
}

type IsKnown = (runId: string) => boolean;

function findStep(tables: Tables, changes: ChangeSet, isKnown: IsKnown): Conflict | undefined {
  const written = new Map<string, StepRow>();
  for (const row of changes.steps ?? []) {
    requireRuns(isKnown, [row]);
    const place = `${row.runId} ${row.no}`;
    const before = written.get(place) ?? tables.runs.get(row.runId)?.steps.get(row.no);
    if (before !== undefined && before.stepId !== row.stepId) {
      throw new StepfastError(
        "internal",
        `Step ${row.no} of run ${row.runId} is ${before.stepId}, not ${row.stepId}.`,
      );
    }
    if (before?.status === "completed" || before?.status === "failed") {
      return { kind: "step", runId: row.runId, stepId: row.stepId };
    }
    written.set(place, row);
  }
  return undefined;
}
