import { type EventPayload, limits, omittedValue, valueLength } from "@stepfast/protocol";
import type { LoadedRun, RunRow, StepRow } from "@stepfast/store";
import { eventPayload } from "./event-row.ts";
import { parseFlow, type RunFlow } from "./flow/run-flow.ts";
import type { FunctionFacts } from "./function-facts.ts";

/** A call to the function that has not been answered yet. */
export interface RunningCall {
  id: number;
  /** `step` for a discovery, else the hash of the only step to run. */
  stepId: string;
  /** Zero-based attempt the call was made with. */
  attempt: number;
  startedAt: number;
}

/** A live run in its owner's memory. Only {@link applyTransition} changes one. */
export interface RunState {
  readonly run: RunRow;
  readonly fn: FunctionFacts;
  readonly events: EventPayload[];
  readonly steps: Map<string, StepRow>;
  /** Hashes in the order their results became known. */
  readonly stack: string[];
  /** Of the next result: one more than any other's, also where rows between them are missing. */
  nextSettledNo: number;
  /** `stepId`s of open waits in the store. */
  readonly waits: Set<string>;
  readonly calls: Map<number, RunningCall>;
  /** Something changed that the function has not been told of: it wants a discovery call. */
  news: boolean;
  /** Remote only: steps are planned, not run, until all that are pending have settled. */
  forcePlan: boolean;
  /** The store may hold rows of this run outside it: messages or waits that its end must remove. */
  entangled: boolean;
  /** Answers in a row that changed nothing. */
  fruitlessAnswers: number;
  nextCallId: number;
  /** Steps (not defers) that have no result yet. */
  openSteps: number;
  /** Of {@link openSteps}: those that wait for something outside the function. */
  waitingSteps: number;
  /** Numbers of steps that have no row: they were never recorded, although later ones were. */
  missingSteps: number;
  defers: number;
  deferBytes: number;
  /** Bytes of all step outputs, as stored. */
  stateBytes: number;
  /** What the run holds of its function's gates; null: there are none. */
  flow: RunFlow | null;
  /** Places that the call under way wants, if it runs several steps at once. */
  bodies: number;
  /** Places that it was granted while it left the queue, and whose news has not come yet. */
  owed: number;
  /** Of the metadata that steps brought along since the run was taken into memory. */
  metadataBytes: number;
}

/** Op of the row that holds a run's end back until its steps are undone; the end is in its `opts`. */
export const ROLLBACK_OP = "Rollback";
/** Id of that row; no hash, so no step of the function has it. */
export const ROLLBACK_STEP_ID = "rollback";
/** Op of a step that undoes another. */
export const STEP_ROLLBACK_OP = "StepRollback";

/** What the engine plans by itself at a run's end: a function is told of none of it. */
export function isRollback(step: Pick<StepRow, "op">): boolean {
  return step.op === STEP_ROLLBACK_OP || step.op === ROLLBACK_OP;
}

export function isDefer(step: StepRow): boolean {
  return step.op === "DeferAdd";
}

export function isSettled(step: StepRow): boolean {
  return step.status === "completed" || step.status === "failed";
}

function emptyState(run: RunRow, fn: FunctionFacts, events: EventPayload[]): RunState {
  return {
    run,
    fn,
    events,
    steps: new Map(),
    stack: [],
    nextSettledNo: 0,
    waits: new Set(),
    calls: new Map(),
    news: true,
    forcePlan: false,
    entangled: false,
    fruitlessAnswers: 0,
    nextCallId: 1,
    openSteps: 0,
    waitingSteps: 0,
    missingSteps: 0,
    defers: 0,
    deferBytes: 0,
    stateBytes: 0,
    flow: parseFlow(run.flow),
    bodies: 1,
    metadataBytes: 0,
    owed: 0,
  };
}

/** The state of a run that was made a moment ago by this node. */
export function newRunState(params: {
  run: RunRow;
  fn: FunctionFacts;
  events: EventPayload[];
  waits: string[];
}): RunState {
  const state = emptyState(params.run, params.fn, params.events);
  for (const stepId of params.waits) state.waits.add(stepId);
  state.entangled = params.waits.length > 0;
  return state;
}

/** In the order of their results; those that an earlier version gave the same place, in the order in which they were found. */
export function byResult(a: StepRow, b: StepRow): number {
  return (a.settledNo ?? 0) - (b.settledNo ?? 0) || a.no - b.no;
}

/** The state of a run that was claimed. `blockedBefore` is what `claim` returned: how it had been left. */
export function loadedRunState(loaded: LoadedRun, fn: FunctionFacts, blockedBefore: string | null): RunState {
  const state = emptyState(loaded.run, fn, loaded.events.map(eventPayload));
  for (const step of loaded.steps) {
    state.steps.set(step.stepId, step);
    countStep(state, step, 1);
  }
  state.missingSteps =
    loaded.steps.reduce((count, { no }) => Math.max(count, no + 1), 0) - loaded.steps.length;
  const settled = loaded.steps.filter((step) => step.settledNo !== null);
  settled.sort(byResult);
  for (const step of settled) state.stack.push(step.stepId);
  state.nextSettledNo = (settled.at(-1)?.settledNo ?? -1) + 1;
  for (const wait of loaded.waits) state.waits.add(wait.stepId);
  state.entangled = true;
  // A run that was parked on purpose knows all its steps' news; one whose owner died may not.
  state.news = blockedBefore !== "waiting" || loaded.run.retryAt !== null;
  state.forcePlan = !fn.inline && state.openSteps > 1;
  return state;
}

/**
 * Results that are longer need not be in memory: calls to other processes are then without state, which is asked for.
 * Undefined: the function is called in this one.
 */
export function longestOutput(fn: Pick<FunctionFacts, "inline"> | undefined): number | undefined {
  return fn?.inline === false ? limits.callBytes : undefined;
}

/** The step as it is kept in memory. */
export function inMemory(step: StepRow, fn: FunctionFacts): StepRow {
  const length = valueLength(step.output);
  return length > (longestOutput(fn) ?? Infinity) ? { ...step, output: omittedValue(length) } : step;
}

/** Adds a step to the totals (`sign` 1) or takes it away before it is replaced (`sign` -1). */
export function countStep(state: RunState, step: StepRow, sign: 1 | -1): void {
  if (isDefer(step)) {
    state.defers += sign;
    state.deferBytes += sign * (step.opts?.length ?? 0);
    return;
  }
  if (step.op === ROLLBACK_OP) return;
  state.stateBytes += sign * valueLength(step.output);
  if (isSettled(step)) return;
  state.openSteps += sign;
  if (step.status === "waiting") state.waitingSteps += sign;
}
