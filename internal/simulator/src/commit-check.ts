import type { ChangeSet, LoadedRun, RunRow, StepRow } from "@stepfast/store";
import { checkFork } from "./fork-check.ts";
import type { History } from "./history.ts";
import { checkJobs } from "./job-check.ts";
import { checkSkipped } from "./pause-check.ts";
import { fits } from "./program.ts";

export interface AppliedCommit {
  node: string;
  changes: ChangeSet;
  /** How many waits had been opened when it was asked for. */
  seen: number;
  before: Map<string, LoadedRun>;
  after: Map<string, LoadedRun>;
}

/** What must be true of every change that was applied, and what the checks remember of it. */
export function checkCommit(history: History, commit: AppliedCommit): void {
  history.commits++;
  note(history, commit);
  noteKept(history, commit);
  checkEventsReachWaits(history, commit);
  for (const [runId, after] of commit.after) {
    const before = commit.before.get(runId);
    if (before) checkChange(history, commit, before, after);
    checkWakeUp(history, after);
  }
  checkLanes(history, commit);
  checkJobs(history, commit.changes);
  for (const run of commit.changes.newRuns ?? []) {
    checkBirth(history, commit, run);
    checkFork(history, commit.changes, run);
  }
  remember(history, commit);
}

/** A run that is made with steps repeats another. */
function noteKept(history: History, { changes }: AppliedCommit): void {
  const repeats = new Set((changes.newRuns ?? []).filter((run) => run.originalRunId).map(({ id }) => id));
  for (const step of changes.steps ?? []) if (repeats.has(step.runId) && isSettled(step)) history.keeps(step);
}

/** Limits are never exceeded. */
function checkLanes({ journal, held: known }: History, { node, changes }: AppliedCommit): void {
  for (const { id, kind, state } of changes.gates ?? []) {
    if (kind !== "lane") continue;
    const { held, limit } = JSON.parse(state) as { held: number; limit: number };
    // A limit that was lowered leaves those inside who are.
    if (held > limit && held > (known.get(id) ?? 0))
      journal.violate("limits-are-kept", `${node} let ${held} of ${limit} through ${id}`);
    known.set(id, held);
  }
  for (const id of changes.endedGates ?? []) known.delete(id);
}

/** What a run is made by, and what for. */
function checkBirth(history: History, { node, before }: AppliedCommit, run: RunRow): void {
  checkSkipped(history, node, run);
  const parent =
    run.origin === "invoke" && run.parentRunId !== null ? before.get(run.parentRunId) : undefined;
  if (parent && parent.run.cancel !== null)
    history.journal.violate(
      "cancel-stops-steps",
      `${run.id} was invoked by ${parent.run.id}, which is cancelled`,
    );
}

export function isEnded({ run }: Pick<LoadedRun, "run">): boolean {
  return run.status !== "queued" && run.status !== "running";
}

export function isSettled(step: StepRow): boolean {
  return step.status === "completed" || step.status === "failed";
}

function checkChange(
  history: History,
  { node, changes }: AppliedCommit,
  before: LoadedRun,
  after: LoadedRun,
): void {
  const { journal } = history;
  const id = before.run.id;
  if (
    isEnded(before) &&
    JSON.stringify([before.run, before.steps]) !== JSON.stringify([after.run, after.steps])
  ) {
    journal.violate("ended-run-is-final", `${id} ended as ${before.run.status} and was changed by ${node}`);
  }
  const isTheirs =
    history.isSessionOf(node, before.run.owner) || takes(history, { node, changes }, before.run);
  if (writesTo(changes, id) && !isTheirs) {
    journal.violate(
      "stale-node-writes-nothing",
      `${node} wrote to ${id}, which belongs to ${before.run.owner}`,
    );
  }
  const known = new Map(before.steps.map((step) => [step.stepId, step]));
  for (const step of after.steps) checkStep(history, known.get(step.stepId), step);
}

/**
 * Whoever gives a place up may make the next who waits for it their own, and whoever cancels a run that nobody owns that one: in the
 * epoch after its last owner's.
 */
function takes(
  history: History,
  { node, changes }: Pick<AppliedCommit, "node" | "changes">,
  run: RunRow,
): boolean {
  const patch = changes.runs?.find(({ id }) => id === run.id);
  const isCancelled = changes.messages?.some(({ runId, kind }) => runId === run.id && kind === "cancel");
  const isWanted = run.gate !== null || isCancelled === true;
  if (patch?.owner == null || run.owner !== null || !isWanted) return false;
  return patch.epoch === run.epoch + 1 && history.mayUse(node, patch.owner);
}

function writesTo(changes: ChangeSet, runId: string): boolean {
  // Whoever gives a place up says where those who waited for it stand now.
  const patched = changes.runs?.some(
    ({ id, ...patch }) => id === runId && Object.keys(patch).some((column) => column !== "gate"),
  );
  return (
    patched === true ||
    [...(changes.steps ?? []), ...(changes.attempts ?? [])].some((row) => row.runId === runId)
  );
}

function checkStep(history: History, before: StepRow | undefined, after: StepRow): void {
  const { journal, ledger, loop } = history;
  const where = `${after.userId} of ${after.runId}`;
  if (before && isSettled(before)) {
    if (JSON.stringify(before) !== JSON.stringify(after))
      journal.violate(
        "step-recorded-once",
        `${where} was recorded again: ${before.output} became ${after.output}`,
      );
    return;
  }
  if (!isSettled(after) || history.isKept(after.runId, after.stepId)) return;
  history.settled.add(`${after.runId}/${after.stepId}`);
  const op = history.op(after.userId);
  if (after.op === "Sleep" && after.status === "completed" && op?.kind === "sleep") {
    const due = (after.startedAt ?? 0) + op.ms;
    if (loop.now < due)
      journal.violate("sleep-not-early", `${where} was to sleep until ${due} and woke at ${loop.now}`);
  }
  if (
    after.op !== "StepRun" ||
    after.status !== "completed" ||
    op?.kind === "send" ||
    op?.kind === "send-signal"
  )
    return;
  const returned = ledger.executionsOf(after.runId, after.stepId).some(({ outcome }) => {
    return outcome?.kind === "returned" && JSON.stringify({ data: outcome.value }) === after.output;
  });
  if (!returned)
    journal.violate("result-is-what-ran", `${where} is recorded as ${after.output}, which no body returned`);
}

/** A wait that was committed before an event, and is still open, is resolved in the event's own commit. */
function checkEventsReachWaits(history: History, { changes, seen }: AppliedCommit): void {
  if (!changes.events) return;
  const closed = new Set((changes.closedWaits ?? []).map(({ runId, stepId }) => `${runId}/${stepId}`));
  const ended = new Set(changes.endedWaits ?? []);
  for (const event of changes.events) {
    for (const [key, { wait, no }] of history.waits) {
      // What is written at the same time may be written before or after it.
      if (no >= seen || history.isBeingWritten(wait.runId)) continue;
      if (wait.name !== event.name || closed.has(key) || ended.has(wait.runId)) continue;
      if (wait.expiresAt !== null && wait.expiresAt <= history.loop.now) continue;
      const trigger = history.events.get(wait.eventId);
      if (!fits(wait.expression, kOf(trigger?.data), kOf(event.data))) continue;
      history.journal.violate("wait-not-missed", `${event.name} ${event.id} went past the wait ${key}`);
    }
  }
}

function kOf(data: string | undefined): unknown {
  return data === undefined ? undefined : (JSON.parse(data) as { k?: unknown }).k;
}

/** A live run that nobody holds knows what wakes it. */
function checkWakeUp(history: History, { run, steps, messages, waits }: LoadedRun): void {
  if (isEnded({ run }) || run.owner !== null || run.wakeAt !== null) return;
  const { journal } = history;
  // Who gives a place up lets it through.
  if (run.gate !== null) return;
  // Whoever resumes the function frees it.
  const isMissing = run.blocked === "function_missing" || run.blocked === "paused";
  if (messages.some(({ kind }) => !isMissing || kind === "cancel")) {
    journal.violate("live-run-has-wake-up", `${run.id} is parked for ever with ${messages.length} messages`);
    return;
  }
  const awaitsChild = steps.some((step) => step.op === "InvokeFunction" && step.status === "waiting");
  if (waits.some(({ kind }) => kind !== "cancel") || awaitsChild || isMissing) return;
  journal.violate("live-run-has-wake-up", `${run.id} is parked for ever, and nothing will wake it`);
}

function remember(history: History, { node, changes }: AppliedCommit): void {
  for (const row of changes.events ?? []) history.events.set(row.id, row);
  for (const row of changes.newRuns ?? []) history.born(node, row);
  for (const row of changes.steps ?? []) history.saw(row);
  for (const row of changes.newWaits ?? []) history.waitOpened(row);
  for (const { runId, stepId } of changes.closedWaits ?? []) history.waits.delete(`${runId}/${stepId}`);
  const ended = new Set(changes.endedWaits ?? []);
  if (ended.size > 0)
    for (const [key, { wait }] of history.waits) if (ended.has(wait.runId)) history.waits.delete(key);
  for (const { id, status } of changes.runs ?? []) {
    if (status !== undefined && status !== "queued" && status !== "running") history.live.delete(id);
  }
}

function note(history: History, { node, changes }: AppliedCommit): void {
  const parts: string[] = [];
  for (const { id, name } of changes.events ?? []) parts.push(`event ${name} ${id}`);
  for (const { id, functionId, status } of changes.newRuns ?? [])
    parts.push(`new ${functionId} ${id} ${status}`);
  for (const { runId, userId, status, attempt } of changes.steps ?? [])
    parts.push(`step ${runId} ${userId} ${status} ${attempt}`);
  for (const { runId, stepId, attempt } of changes.attempts ?? [])
    parts.push(`attempt ${runId} ${stepId.slice(0, 6)} ${attempt}`);
  for (const { runId, stepId } of changes.newWaits ?? []) parts.push(`opens ${runId}/${stepId.slice(0, 6)}`);
  for (const { runId, stepId } of changes.closedWaits ?? [])
    parts.push(`closes ${runId}/${stepId.slice(0, 6)}`);
  for (const { runId, kind } of changes.messages ?? []) parts.push(`tells ${runId} ${kind}`);
  for (const { id, ...patch } of changes.runs ?? []) parts.push(`run ${id} ${JSON.stringify(patch)}`);
  history.journal.note(`${node} commits ${parts.join(", ")}`);
}
