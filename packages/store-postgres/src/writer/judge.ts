import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, Conflict, Guard } from "@stepfast/store";
import type { Books } from "./books.ts";

/**
 * The first reason to refuse the change-set: guards, keys, events and steps are looked at in this order. Throws
 * `internal` if it writes to a run that does not exist, or makes one that does: only a caller's bug explains that.
 */
export function findConflict(books: Books, changes: ChangeSet): Conflict | undefined {
  const guard = changes.guards?.find((candidate) => !holds(books, candidate));
  if (guard !== undefined) return { kind: "guard", guard };
  return findKey(books, changes) ?? findEvent(books, changes) ?? findStep(books, changes);
}

function holds(books: Books, guard: Guard): boolean {
  if (guard.kind === "waits") return books.isUnchanged(guard);
  if (guard.kind === "gate") return books.gates.stamp(guard.id) === guard.stamp;
  const head = books.runs.get(guard.runId);
  if (head === undefined) return false;
  if (guard.kind === "wait") return books.waits.isOpen(guard);
  if (!head.isLive) return false;
  if (guard.kind === "parked") return head.gate === guard.gate;
  if (guard.kind === "unowned") return head.owner === null && head.epoch === guard.epoch;
  return guard.kind === "live" || (head.owner === guard.owner && head.epoch === guard.epoch);
}

function findKey(books: Books, { keys = [] }: ChangeSet): Conflict | undefined {
  const taken = books.keys.findTaken(keys);
  const row = taken === undefined ? undefined : keys[taken.index];
  if (taken === undefined || row === undefined) return undefined;
  return { kind: "key", index: taken.index, scope: row.scope, key: row.key, value: taken.value };
}

function findEvent(books: Books, { events = [] }: ChangeSet): Conflict | undefined {
  const known = books.events.findKnown(events);
  return known === undefined ? undefined : { kind: "event", id: known.id };
}

/** The last of the checks: whatever else is wrong from here on is a bug. */
function findStep(books: Books, changes: ChangeSet): Conflict | undefined {
  const made = requireNew(books, changes);
  const requireRun = (runId: string) => {
    if (!made.has(runId)) books.runs.require(runId);
  };
  const settled = books.steps.findSettled(changes.steps ?? [], requireRun);
  if (settled !== undefined) return { kind: "step", runId: settled.runId, stepId: settled.stepId };
  for (const rows of [changes.attempts, changes.metadata, changes.newWaits])
    for (const { runId } of rows ?? []) requireRun(runId);
  for (const { id } of changes.runs ?? []) requireRun(id);
  return undefined;
}

function requireNew(books: Books, changes: ChangeSet): Set<string> {
  const ids = new Set<string>();
  for (const { id } of changes.newRuns ?? []) {
    if (ids.has(id) || books.runs.get(id) !== undefined) {
      throw new StepfastError("internal", `The run ${id} exists already: give a new run a new id.`);
    }
    ids.add(id);
  }
  return ids;
}
