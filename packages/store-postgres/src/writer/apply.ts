import type { ChangeSet, MessageRow, RunPatch, RunRow, WaitRow } from "@stepfast/store";
import type { Books } from "./books.ts";

/** Applies a change-set against which nothing was found, field by field in the order of the contract. */
export function apply(books: Books, changes: ChangeSet): void {
  for (const row of changes.keys ?? []) books.keys.claim(row);
  for (const row of changes.events ?? []) books.events.add(row);
  for (const row of changes.newRuns ?? []) insertRun(books, row);
  for (const row of changes.steps ?? []) books.steps.write(row);
  for (const row of changes.attempts ?? []) books.steps.addAttempt(row);
  for (const row of changes.metadata ?? []) books.steps.addMetadata(row);
  for (const row of changes.newWaits ?? []) openWait(books, row);
  for (const id of changes.closedWaits ?? []) books.waits.close(id);
  for (const runId of changes.endedWaits ?? []) books.waits.end(runId);
  const owners = ownersGiven(changes);
  for (const row of changes.messages ?? []) deliver(books, row, owners.get(row.runId));
  for (const { runId, id } of changes.consumed ?? []) books.inboxes.consume(runId, id);
  for (const runId of changes.endedMessages ?? []) books.inboxes.end(runId);
  for (const row of changes.gates ?? []) books.gates.put(row);
  for (const id of changes.endedGates ?? []) books.gates.end(id);
  for (const patch of changes.runs ?? []) patchRun(books, patch);
}

function insertRun(books: Books, row: RunRow): void {
  books.runs.insert(row);
  if (row.owner === null) books.hints.tell(null);
}

function openWait(books: Books, row: WaitRow): void {
  books.waits.open(row);
  if (row.kind !== "signal") books.paths.register(row.name, row.path);
}

/** Runs that the change-set makes somebody's own. */
function ownersGiven({ messages = [], runs = [] }: ChangeSet): Map<string, string> {
  const owners = new Map<string, string>();
  if (messages.length > 0) for (const { id, owner } of runs) if (owner) owners.set(id, owner);
  return owners;
}

/** `taker`: who will own the run when its message can be seen. */
function deliver(books: Books, row: MessageRow, taker: string | undefined): void {
  const head = books.runs.get(row.runId);
  if (head?.isLive !== true) return;
  books.inboxes.deliver(row);
  books.hints.tell(taker ?? head.owner);
  if (head.owner === null) books.runs.wake(head, row.createdAt);
}

function patchRun(books: Books, patch: RunPatch): void {
  books.runs.patch(patch);
  const head = books.runs.require(patch.id);
  if (patch.owner !== null || !head.isLive) return;
  const takesAll = (patch.blocked ?? "waiting") === "waiting";
  for (const { kind, createdAt } of books.inboxes.news(patch.id)) {
    if (takesAll || kind === "cancel" || kind === "slot") books.runs.wake(head, createdAt);
  }
}
