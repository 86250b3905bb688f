import type { ChangeSet } from "@stepfast/store";

const lists = [
  "guards",
  "keys",
  "events",
  "newRuns",
  "steps",
  "attempts",
  "metadata",
  "newWaits",
  "closedWaits",
  "endedWaits",
  "messages",
  "consumed",
  "endedMessages",
  "gates",
  "endedGates",
  "runs",
] as const;

/** Two change-sets as one. */
export function mergeChanges(first: ChangeSet, second: ChangeSet): ChangeSet {
  if (isEmpty(first)) return second;
  const merged: ChangeSet = { ...first };
  for (const list of lists) {
    const added = second[list];
    if (!added || added.length === 0) continue;
    const known = merged[list];
    Object.assign(merged, { [list]: known ? [...known, ...added] : added });
  }
  return merged;
}

function isEmpty(changes: ChangeSet): boolean {
  for (const list in changes) if ((changes[list as keyof ChangeSet]?.length ?? 0) > 0) return false;
  return true;
}
