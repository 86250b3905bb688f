import type { ChangeSet, RunPatch } from "../change-set.ts";
import type { MessageRow, WaitRow } from "../records.ts";
import { isLive, type StoredRun } from "./run-table.ts";
import type { Tables } from "./tables.ts";

/** Applies a change-set against which nothing was found, field by field in the order of the contract. */
export function apply(tables: Tables, changes: ChangeSet): void {
  for (const row of changes.keys ?? []) tables.keys.add(row);
  for (const row of changes.events ?? []) {
    tables.events.set(row.id, { ...row });
    tables.eventIds.add(row.id);
  }
  for (const row of changes.newRuns ?? []) tables.runs.insert(row);
  for (const row of changes.steps ?? []) tables.runs.require(row.runId).steps.set(row.no, { ...row });
  for (const row of changes.attempts ?? []) tables.runs.require(row.runId).attempts.push({ ...row });
  for (const row of changes.metadata ?? []) tables.runs.require(row.runId).metadata.push({ ...row });
  applyWaits(tables, changes);
  applyMessages(tables, changes);
  for (const row of changes.gates ?? []) tables.gates.put({ ...row });
  for (const id of changes.endedGates ?? []) tables.gates.delete(id);
  for (const patch of changes.runs ?? []) patchRun(tables, patch);
}

function applyWaits(tables: Tables, changes: ChangeSet): void {
  for (const row of changes.newWaits ?? []) openWait(tables, row);
  for (const { runId, stepId } of changes.closedWaits ?? []) {
    const run = tables.runs.get(runId);
    if (run !== undefined) closeWait(tables, run, stepId);
  }
  for (const runId of changes.endedWaits ?? []) {
    const run = tables.runs.get(runId);
    for (const stepId of [...(run?.waits.keys() ?? [])])
      if (run !== undefined) closeWait(tables, run, stepId);
  }
}

function openWait(tables: Tables, row: WaitRow): void {
  const run = tables.runs.require(row.runId);
  closeWait(tables, run, row.stepId);
  run.waits.set(row.stepId, tables.waits.add({ ...row }));
}

function closeWait(tables: Tables, run: StoredRun, stepId: string): void {
  const wait = run.waits.get(stepId);
  if (wait === undefined) return;
  run.waits.delete(stepId);
  tables.waits.remove(wait);
}

function applyMessages(tables: Tables, changes: ChangeSet): void {
  for (const row of changes.messages ?? []) deliver(tables, row);
  for (const { runId, id } of changes.consumed ?? []) tables.runs.get(runId)?.messages.delete(id);
  for (const runId of changes.endedMessages ?? []) tables.runs.get(runId)?.messages.clear();
}

function deliver(tables: Tables, row: MessageRow): void {
  const run = tables.runs.get(row.runId);
  if (run === undefined || !isLive(run.row)) return;
  run.messages.delete(row.id);
  run.messages.set(row.id, { ...row });
  if (run.row.owner === null) wake(tables, run, row.createdAt);
}

function patchRun(tables: Tables, patch: RunPatch): void {
  tables.runs.patch(patch);
  const run = tables.runs.require(patch.id);
  if (patch.owner !== null || !isLive(run.row)) return;
  const takesAll = (patch.blocked ?? "waiting") === "waiting";
  for (const { kind, createdAt } of run.messages.values()) {
    if (takesAll || kind === "cancel" || kind === "slot") wake(tables, run, createdAt);
  }
}

function wake(tables: Tables, { row }: StoredRun, at: number): void {
  if (row.wakeAt === null || at < row.wakeAt) tables.runs.patch({ id: row.id, wakeAt: at });
}
