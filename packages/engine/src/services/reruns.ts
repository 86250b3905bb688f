import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, Guard, KeyRow, LoadedRun, RunRow, StepRow, Store } from "@stepfast/store";
import { eventPayload } from "../domain/event-row.ts";
import type { GateWork } from "../domain/flow/gate-work.ts";
import type { FunctionIndex } from "../domain/function-index.ts";
import { eventIdsOf, keptSteps, type RerunStart, rerunSeed } from "../domain/rerun.ts";
import { hasRollback } from "../domain/rollback.ts";
import type { Clock } from "../ports/clock.ts";
import type { Publisher } from "./publisher.ts";

/** Whose it is to undo what a run could not: one of its reruns, for as long as anybody may ask. */
const UNDO_SCOPE = "undo";
const UNDO_KEY_MS = 10 * 365 * 86_400_000;

function undoKey(original: string, rerun: string, now: number): KeyRow {
  return {
    scope: UNDO_SCOPE,
    key: original,
    value: rerun,
    createdAt: now,
    expiresAt: now + UNDO_KEY_MS,
  };
}

/** A step that comes with its result, and with the duty to undo it. */
function takesOver(step: StepRow): boolean {
  return step.status === "completed" && hasRollback(step);
}

function takenOver(original: string, rerun: string): StepfastError {
  const message = `What run "${original}" could not undo was left to its rerun "${rerun}": rerun that one`;
  return new StepfastError("invalid_request", message);
}

export interface RerunsOptions {
  store: Store;
  clock: Clock;
  index: FunctionIndex;
  publisher: Publisher;
  newId: () => string;
}

/** Repeats runs: on the code as it is now, with all their events, past limits that count events, through those that count runs. */
export class Reruns {
  readonly #options: RerunsOptions;

  constructor(options: RerunsOptions) {
    this.#options = options;
  }

  /** Throws `run_not_found`, `step_not_found`, `ambiguous_step`. */
  async rerun(runId: string, from?: RerunStart): Promise<{ runId: string }> {
    const { store, publisher, newId, clock } = this.#options;
    const original = await store.loadRun(runId);
    if (!original) throw notFound(runId);
    const id = newId();
    const steps = from ? keptSteps(original, from, id, clock.now()) : [];
    const work = this.work(original.run, original, id);
    const own: ChangeSet = { guards: [stillThere(original.run)], ...(steps.length > 0 && { steps }) };
    if (steps.some(takesOver)) own.keys = [undoKey(runId, id, clock.now())];
    const result = await publisher.publish([], own, { gateWork: [work] });
    if (result.ok) return { runId: id };
    const { conflict } = result;
    if (conflict.kind === "guard" && conflict.guard.kind === "known") throw notFound(runId);
    if (conflict.kind === "key" && conflict.scope === UNDO_SCOPE) throw takenOver(runId, conflict.value);
    throw new StepfastError("internal", "The run could not be made: try again");
  }

  /** What makes the repeating run, in whatever commit it is part of. */
  work(run: RunRow, original: Pick<LoadedRun, "events">, id: string): Extract<GateWork, { kind: "repeat" }> {
    const spec = this.#options.index.get(run.functionId);
    const [row] = original.events;
    if (!row) throw new StepfastError("run_not_found", `The event of run "${run.id}" is not there any more`);
    const seed = rerunSeed(run, id, spec);
    return { kind: "repeat", seed, trigger: { row, payload: eventPayload(row) }, eventIds: eventIdsOf(run) };
  }
}

/** As long as the repeated run is there its events are, too: they are not pruned away under the one that repeats it. */
export function stillThere({ id }: RunRow): Guard {
  return { kind: "known", runId: id };
}

function notFound(runId: string): StepfastError {
  return new StepfastError("run_not_found", `There is no run "${runId}"`);
}
