import { formatDuration } from "@stepfast/protocol";
import type { GateRow, RunRow, StepRow, WaitRow } from "@stepfast/store";
import type { LaneState, ThrottleState } from "./flow/passable.ts";
import { opensAt } from "./flow/throttle-bucket.ts";
import { PAUSED, type PauseState } from "./pause.ts";
import { refusalOf } from "./refusal.ts";

/** What keeps a live run from going on, of all that does what comes first. */
export interface Blocker {
  kind:
    | "concurrency"
    | "throttle"
    | "paused"
    | "function_missing"
    | "start"
    | "retry"
    | "sleep"
    | "event"
    | "signal"
    | "invoke"
    | "no_worker"
    | "refused"
    | "no_room";
  /** One sentence, for people. */
  message: string;
  /** When it ends by itself; null: it does not. */
  until: number | null;
  /** The step that waits; absent: the run itself. */
  step?: { id: string; name: string };
  /** The limit's gate at which the run waits. */
  gate?: BlockingGate;
  /** Name of the event or the signal, id of the function. */
  name?: string;
  /** What the event must match. */
  match?: string;
  /** The run that is waited for. */
  runId?: string;
}

export interface BlockingGate {
  id: string;
  limit: number;
  /** Places taken; of a throttle 0. */
  held: number;
  waiting: number;
  /** Runs ahead of this one, at the gate; null: more than were looked at. */
  ahead: number | null;
  /** Some of the runs that have its places. */
  holders: Holder[];
}

export interface Holder {
  runId: string;
  functionId: string;
}

/** A gate as the store has it, and who is there. */
export interface GateFacts {
  row: GateRow;
  limit: number | null;
  ahead: number | null;
  /** Runs that wait there, or in line behind one that does. */
  waiting: number;
  holders: Holder[];
}

export interface BlockerFacts {
  now: number;
  run: RunRow;
  steps: readonly StepRow[];
  waits: readonly WaitRow[];
  /** The gate at which the run waits. */
  gate: GateFacts | null;
  paused: PauseState | null;
  /** Whether some node that is alive can call the function. */
  hasWorker: boolean;
}

/** Null: it has ended, or a node is at work on it. */
export function blockerOf(facts: BlockerFacts): Blocker | null {
  const { run } = facts;
  if (run.status !== "queued" && run.status !== "running") return null;
  if (run.gate !== null) return atGate(facts);
  if (run.blocked === PAUSED) return paused(facts);
  if (run.blocked === "function_missing") return functionMissing(run);
  if (run.blocked === "no_worker") return noWorker(run);
  if (run.owner !== null) return null;
  return refused(facts) ?? own(facts) ?? waitOf(facts) ?? unclaimed(facts);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function turnText(ahead: number | null): string {
  if (ahead === null) return "many runs are";
  if (ahead === 0) return "no run is";
  return ahead === 1 ? "1 run is" : `${ahead} runs are`;
}

function atGate({ run, gate, now }: BlockerFacts): Blocker {
  const wait = { until: run.startBy };
  if (!gate) return { kind: "concurrency", message: "A place was just given up: it is let through", ...wait };
  const state = JSON.parse(gate.row.state) as LaneState | ThrottleState;
  const { ahead, holders, waiting } = gate;
  const { id } = gate.row;
  const limit = gate.limit ?? state.limit;
  const turn = turnText(ahead);
  if ("fullAt" in state) {
    const opens = Math.max(now, opensAt(state.fullAt, state));
    const view = { id, limit, held: 0, waiting, ahead, holders: [] };
    const message = `The throttle lets ${limit} start in ${formatDuration(state.periodMs)}, the next one at ${iso(opens)}; ${turn} ahead of it`;
    return { kind: "throttle", message, until: opens, gate: view };
  }
  const view = { id, limit, held: state.held, waiting, ahead, holders };
  const places =
    limit === 1
      ? "The only place of the concurrency limit is"
      : `All ${limit} places of the concurrency limit are`;
  const message = `${places} taken; ${turn} ahead of it in the queue`;
  return { kind: "concurrency", message, ...wait, gate: view };
}

function paused({ run, paused: pause }: BlockerFacts): Blocker {
  const since = pause ? ` since ${iso(pause.at)}` : "";
  const why = pause?.reason ? `: ${pause.reason}` : "";
  const message = `The function is paused${since}${why}. Resume it and the run goes on`;
  return { kind: "paused", message, until: run.wakeAt, name: run.functionId };
}

function functionMissing(run: RunRow): Blocker {
  const message = `No process that runs now has the function "${run.functionId}": start the app "${run.appId}", or sync it`;
  return { kind: "function_missing", message, until: run.wakeAt, name: run.functionId };
}

function noWorker(run: RunRow): Blocker {
  const message = `No node that is alive reaches the code of "${run.functionId}": start a worker of the app "${run.appId}", or the process that it is in`;
  return { kind: "no_worker", message, until: run.wakeAt, name: run.functionId };
}

/** What it did last could not be kept, more than once. */
function refused({ run }: BlockerFacts): Blocker | null {
  const refusal = refusalOf(run.blocked);
  if (!refusal || refusal.tries < 2) return null;
  const { tries, cause, notBefore } = refusal;
  const message = `Its last ${tries} tries came to nothing, because the store did not take what they wrote, or the run could not be read (${cause}); the next one is at ${iso(notBefore)}. The log of its node says more`;
  return { kind: "refused", message, until: run.wakeAt };
}

/** What the run itself waits for. */
function own({ run, now }: BlockerFacts): Blocker | null {
  if (run.retryAt !== null && run.retryAt > now) {
    const message = `Attempt ${run.attempt} failed; the next one is at ${iso(run.retryAt)}`;
    return { kind: "retry", message, until: run.retryAt };
  }
  if (run.startedAt === null && run.wakeAt !== null && run.wakeAt > now && run.blocked === null) {
    const message = `Its event is of the future: it starts at ${iso(run.wakeAt)}`;
    return { kind: "start", message, until: run.wakeAt };
  }
  return null;
}

interface StepOptions {
  event?: string;
  signal?: string;
  function_id?: string;
  if?: string;
}

/** Of the steps that wait, the one whose wait ends first. */
function waitOf({ steps, waits, now }: BlockerFacts): Blocker | null {
  const open = new Map(waits.map((wait) => [wait.stepId, wait]));
  const found = steps
    .filter((step) => (step.dueAt === null || step.dueAt > now) && step.endedAt === null)
    .map((step) => stepWait(step, open.get(step.stepId)))
    .filter((blocker) => blocker !== null);
  found.sort((a, b) => (a.until ?? Number.POSITIVE_INFINITY) - (b.until ?? Number.POSITIVE_INFINITY));
  return found[0] ?? null;
}

function stepWait(step: StepRow, wait: WaitRow | undefined): Blocker | null {
  const about = { until: step.dueAt, step: { id: step.stepId, name: step.name } };
  const end = step.dueAt === null ? "" : `, until ${iso(step.dueAt)}`;
  const at = step.dueAt === null ? "soon" : iso(step.dueAt);
  if (step.status === "retrying") {
    const message = `Step "${step.name}" failed; attempt ${step.attempt + 1} is at ${at}`;
    return { kind: "retry", message, ...about };
  }
  if (step.status !== "waiting") return null;
  const options: StepOptions = step.opts === null ? {} : JSON.parse(step.opts);
  if (step.op === "Sleep") return { kind: "sleep", message: `It sleeps until ${at}`, ...about };
  if (step.op === "WaitForSignal") {
    const name = options.signal ?? wait?.name.replace(/^signal:/, "") ?? "";
    return { kind: "signal", message: `It waits for the signal "${name}"${end}`, ...about, name };
  }
  if (step.op === "InvokeFunction") {
    const name = options.function_id ?? "";
    const child = step.childRunId === null ? {} : { runId: step.childRunId };
    const run = step.childRunId === null ? `a run of ${name}` : `run ${step.childRunId} of ${name}`;
    return { kind: "invoke", message: `It waits for ${run} to end${end}`, ...about, name, ...child };
  }
  if (step.op !== "WaitForEvent") return null;
  const name = wait?.name ?? options.event ?? "";
  const match = wait?.expression ?? options.if;
  const message = `It waits for an event "${name}"${match ? ` for which ${match}` : ""}${end}`;
  return { kind: "event", message, ...about, name, ...(match ? { match } : {}) };
}

/** It could go on, and no node has taken it. */
function unclaimed({ run, hasWorker, now }: BlockerFacts): Blocker {
  if (!hasWorker) return noWorker(run);
  const until = run.wakeAt !== null && run.wakeAt > now ? run.wakeAt : null;
  const message =
    "It is due, and no node has taken it yet: their memory is full, or it will be a matter of moments";
  return { kind: "no_room", message, until };
}
