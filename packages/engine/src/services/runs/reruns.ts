import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, EventRow, Guard, KeyRow, RunRow, StepRow, Store } from "@stepfast/store";
import { eventPayload } from "../../domain/event-row.ts";
import type { GateWork } from "../../domain/flow/gate-work.ts";
import { type ForkCause, type RunFork, wholeFork } from "../../domain/fork.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import { operated } from "../../domain/function-spec.ts";
import { runNotFound } from "../../domain/not-found.ts";
import { eventIdsOf, type RerunStart, rerunFromStep, rerunSeed } from "../../domain/rerun.ts";
import { hasRollback } from "../../domain/rollback.ts";
import type { RunSeed } from "../../domain/run-seed.ts";
import { storedSpec } from "../../domain/stored-spec.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "../events/publisher.ts";

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

export type KnownFunctions = ReadonlyMap<string, Pick<RunSeed, "spec" | "isAway">>;

/** How a run is repeated. */
export interface Repeat {
  /** Its (first) event. */
  row: EventRow;
  known: KnownFunctions;
  /** Of the repeating run. */
  id: string;
  fork: RunFork;
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
    if (!original) throw runNotFound(runId);
    const id = newId();
    const cause: ForkCause = { of: runId, by: "rerun", job: null };
    const { fork, steps } = from
      ? rerunFromStep(original, from, { runId: id, now: clock.now(), cause })
      : { fork: wholeFork(cause), steps: [] };
    const [row] = original.events;
    if (!row) throw new StepfastError("run_not_found", `The event of run "${runId}" is not there any more`);
    const known = await this.known([original.run.functionId]);
    const work = this.work(original.run, { row, known, id, fork });
    const own: ChangeSet = { guards: [stillThere(original.run)], ...(steps.length > 0 && { steps }) };
    if (steps.some(takesOver)) own.keys = [undoKey(runId, id, clock.now())];
    const result = await publisher.publish([], own, { gateWork: [work] });
    if (result.ok) return { runId: id };
    const { conflict } = result;
    if (conflict.kind === "guard" && conflict.guard.kind === "known") throw runNotFound(runId);
    if (conflict.kind === "key" && conflict.scope === UNDO_SCOPE) throw takenOver(runId, conflict.value);
    throw new StepfastError("internal", "The run could not be made: try again");
  }

  /** What makes the repeating run, in whatever commit it is part of. */
  work(run: RunRow, { row, known, id, fork }: Repeat): Extract<GateWork, { kind: "repeat" }> {
    const seed = rerunSeed(run, id, known.get(run.functionId) ?? { spec: undefined }, fork);
    return { kind: "repeat", seed, trigger: { row, payload: eventPayload(row) }, eventIds: eventIdsOf(run) };
  }

  /** Functions by id: those that nobody has registered at the moment as they were last. An endpoint never is. */
  async known(functionIds: Iterable<string>): Promise<KnownFunctions> {
    const { index, store } = this.#options;
    const wanted = [...new Set(functionIds)];
    const isMissing = wanted.some((id) => index.get(id) === undefined);
    const rows = isMissing ? await store.listFunctions() : [];
    return new Map(
      wanted.map((id) => {
        const spec = index.get(id);
        const row = spec ? undefined : rows.find((each) => each.id === id);
        return [id, row ? { spec: operated(storedSpec(row), row), isAway: true } : { spec }];
      }),
    );
  }
}

/** As long as the repeated run is there its events are, too: they are not pruned away under the one that repeats it. */
export function stillThere({ id }: RunRow): Guard {
  return { kind: "known", runId: id };
}
