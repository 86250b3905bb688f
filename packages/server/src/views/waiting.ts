import type { RunRow, StepRow, WaitRow } from "@stepfast/store";
import { isoTime } from "./envelope.ts";
import { isRollback } from "./rollback.ts";

/** One thing a live run waits for. */
export interface WaitingFor {
  kind: "start" | "sleep" | "event" | "signal" | "invoke" | "retry" | "blocked";
  /** The waiting step's name and wire id; null where it is the run itself that waits. */
  step: string | null;
  stepId: string | null;
  /** ISO time at which the wait ends by itself; null: never. */
  until: string | null;
  /** The event's or signal's name, the invoked function, or why the run is blocked. */
  name?: string;
  /** The run that is waited for. */
  runId?: string;
}

const kinds: Record<string, WaitingFor["kind"]> = {
  Sleep: "sleep",
  WaitForEvent: "event",
  WaitForSignal: "signal",
  InvokeFunction: "invoke",
};

interface WaitOptions {
  event?: string;
  signal?: string;
  function_id?: string;
}

function stepWait(step: StepRow, open: WaitRow | undefined): WaitingFor | undefined {
  const kind = step.status === "retrying" ? "retry" : step.status === "waiting" ? kinds[step.op] : undefined;
  if (kind === undefined) return undefined;
  const wait: WaitingFor = { kind, step: step.name, stepId: step.stepId, until: isoTime(step.dueAt) };
  const options: WaitOptions = step.opts === null ? {} : JSON.parse(step.opts);
  const name = options.event ?? options.signal ?? options.function_id ?? open?.name;
  if (name !== undefined) wait.name = name;
  if (kind === "invoke" && step.childRunId !== null) wait.runId = step.childRunId;
  return wait;
}

/** What the run itself waits for, beside its steps. */
function runWait(run: RunRow): WaitingFor | undefined {
  const wait = { step: null, stepId: null };
  // `waiting` is how a run is parked for its steps' waits: those are named one by one.
  if (run.blocked !== null && run.blocked !== "waiting") {
    // One reason says more, which is for the blocker to tell.
    const [name = ""] = run.blocked.split(" ", 1);
    return { kind: "blocked", ...wait, until: isoTime(run.wakeAt), name };
  }
  if (run.retryAt !== null) return { kind: "retry", ...wait, until: isoTime(run.retryAt) };
  const isParked = run.owner === null && run.wakeAt !== null;
  return run.status === "queued" && isParked
    ? { kind: "start", ...wait, until: isoTime(run.wakeAt) }
    : undefined;
}

export function isLive(run: RunRow): boolean {
  return run.endedAt === null && (run.status === "queued" || run.status === "running");
}

/** What a live run waits for; empty for one that has ended or that only runs. */
export function waitingFor(run: RunRow, steps: StepRow[], openWaits: WaitRow[]): WaitingFor[] {
  if (!isLive(run)) return [];
  const open = new Map(openWaits.map((wait) => [wait.stepId, wait]));
  // Once it is cancelled or its steps are undone, nothing else of the run goes on.
  const isStopping = run.cancel !== null || steps.some(isRollback);
  const waits = steps
    .filter((step) => !isStopping || isRollback(step))
    .map((step) => stepWait(step, open.get(step.stepId)))
    .filter((wait) => wait !== undefined);
  const own = runWait(run);
  return own === undefined ? waits : [own, ...waits];
}
