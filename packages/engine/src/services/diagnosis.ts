import type { EventRow, GateRow, LoadedRun, RunStatus, Store } from "@stepfast/store";
import { type Blocker, blockerOf, type GateFacts, type Holder } from "../domain/blocker.ts";
import { eventPayload } from "../domain/event-row.ts";
import type { BatchState } from "../domain/flow/batch.ts";
import type { DebounceState } from "../domain/flow/debounce.ts";
import { isBefore } from "../domain/flow/gate-board.ts";
import { gateId, keyValue } from "../domain/flow/gate-id.ts";
import { limitAt } from "../domain/flow/gate-rooms.ts";
import { limitsInForce } from "../domain/flow/limits-in-force.ts";
import { isLine, type LineState } from "../domain/flow/lines.ts";
import type { LaneState } from "../domain/flow/passable.ts";
import { parseFlow, statedGate } from "../domain/flow/run-flow.ts";
import type { FunctionIndex } from "../domain/function-index.ts";
import type { FunctionSpec } from "../domain/function-spec.ts";
import type { Clock } from "../ports/clock.ts";
import { queueDepth } from "./gates/queue-depth.ts";

/** How far a queue, and the runs that may hold a place, are looked through. */
const LOOK = 400;
/** Of runs that have started. */
const MAX_STARTED = 25 * LOOK;
const MAX_HOLDERS = 10;

/** An event that waits to become a run. */
export interface HeldEventView {
  functionId: string;
  kind: "debounce" | "batch";
  /** When it becomes one, if nothing comes before. */
  until: number | null;
  /** The run's id, if the event is its cause then. */
  runId: string;
  /** Events that wait together. */
  events: number;
}

export interface DiagnosisContract {
  /** Null: the run has ended, or a node is at work on it. */
  blockerOf(loaded: LoadedRun): Promise<Blocker | null>;
  /** Where the event waits to become a run. */
  holdsOf(event: EventRow): Promise<HeldEventView[]>;
}

export interface DiagnosisOptions {
  store: Store;
  clock: Clock;
  index: FunctionIndex;
  /** Whether some node that is alive can call the function. */
  hasWorker: (spec: FunctionSpec | undefined, appId: string) => boolean;
}

/** Says why a run does not go on, and what became of an event: from what is stored, whoever holds the run. */
export class Diagnosis implements DiagnosisContract {
  readonly #options: DiagnosisOptions;

  constructor(options: DiagnosisOptions) {
    this.#options = options;
  }

  async blockerOf({ run, steps, waits }: LoadedRun): Promise<Blocker | null> {
    const { clock, index, hasWorker } = this.#options;
    const spec = index.get(run.functionId);
    const blocker = blockerOf({
      now: clock.now(),
      run,
      steps,
      waits,
      gate: run.gate === null ? null : await this.#gateFacts(run.gate, run),
      paused: spec?.paused ?? null,
      hasWorker: hasWorker(spec, run.appId),
    });
    return blocker?.kind === "invoke" ? this.#asInvoked(blocker) : blocker;
  }

  /** Only a debounce keeps an invoked run from being there. */
  async #asInvoked(blocker: Blocker): Promise<Blocker> {
    const { runId, name } = blocker;
    if (runId === undefined || (await this.#options.store.getRun(runId))) return blocker;
    const message = `It waits for run ${runId} of ${name}, which begins when its debounce is over`;
    return { ...blocker, message };
  }

  async #gateFacts(waitsAt: string, run: LoadedRun["run"]): Promise<GateFacts | null> {
    const { store, index } = this.#options;
    const [found] = await store.getGates([waitsAt]);
    if (!found) return null;
    // In a line it waits for what its head waits for.
    const line = isLine(waitsAt) ? (JSON.parse(found.state) as LineState) : null;
    const [row] = line ? await store.getGates([line.at]) : [found];
    if (!row) return null;
    const { id } = row;
    const rules = limitsInForce(index);
    const flow = parseFlow(run.flow);
    const stated = (flow && statedGate(flow, id)) ?? [id, 1];
    const limit =
      row.kind === "throttle"
        ? (rules.throttle(run.functionId, id)?.limit ?? null)
        : limitAt(rules, { functionId: run.functionId, stated, state: JSON.parse(row.state) as LaneState });
    const ahead = await this.#ahead(run, line ? [id, waitsAt] : [id]);
    return { row, limit, ahead, waiting: await queueDepth(store, row), holders: await this.#holders(row) };
  }

  /** Runs that go before it, at the gate and in its line; null: more than are looked at. */
  async #ahead(run: LoadedRun["run"], queues: string[]): Promise<number | null> {
    let ahead = 0;
    for (const gate of queues) {
      const queue = await this.#options.store.listParked({ gate, limit: LOOK });
      const before = queue.filter((other) => isBefore(other, run)).length;
      if (before >= LOOK) return null;
      ahead += before;
    }
    return ahead;
  }

  /** Most have started; one that has not may have been told of its place just now. */
  async #holders(gate: GateRow): Promise<Holder[]> {
    const { held = 0 } = JSON.parse(gate.state) as Partial<LaneState>;
    const wanted = Math.min(held, MAX_HOLDERS);
    const started = await this.#holdersAmong(gate, { status: ["running"], most: MAX_STARTED, wanted });
    if (started.length >= wanted) return started;
    const rest = { status: ["queued" as const], most: LOOK, wanted: wanted - started.length };
    return [...started, ...(await this.#holdersAmong(gate, rest))];
  }

  async #holdersAmong(
    { id, functionId }: GateRow,
    { status, most, wanted }: { status: RunStatus[]; most: number; wanted: number },
  ): Promise<Holder[]> {
    const found: Holder[] = [];
    const filter = { status, ...(functionId === null ? {} : { functionIds: [functionId] }) };
    let cursor: string | undefined;
    for (let seen = 0; seen < most && found.length < wanted; seen += LOOK) {
      const at = cursor === undefined ? {} : { cursor };
      const runs = await this.#options.store.listRuns({ ...filter, order: "asc", limit: LOOK, ...at });
      for (const run of runs)
        if (holds(run.flow, id)) found.push({ runId: run.id, functionId: run.functionId });
      if (runs.length < LOOK) break;
      cursor = runs.at(-1)?.id;
    }
    return found.slice(0, wanted);
  }

  async holdsOf(event: EventRow): Promise<HeldEventView[]> {
    const payload = eventPayload(event);
    const specs = this.#options.index.match(payload, () => {});
    const wanted = new Map<string, FunctionSpec>();
    for (const spec of specs) {
      const { debounce = null, batch = null } = spec.flow ?? {};
      if (debounce)
        wanted.set(gateId("debounce", spec.id, debounce.key, keyValue(debounce.key, payload)), spec);
      if (batch) wanted.set(gateId("batch", spec.id, batch.key, keyValue(batch.key, payload)), spec);
    }
    if (wanted.size === 0) return [];
    const gates = await this.#options.store.getGates([...wanted.keys()]);
    const held = gates.flatMap((gate) => heldAt(gate, event.id));
    return held.sort((a, b) => (a.functionId < b.functionId ? -1 : 1));
  }
}

function holds(text: string | null, gateId: string): boolean {
  const flow = parseFlow(text);
  if (!flow) return false;
  const isLane = flow.held > 0 && flow.lanes.some(([gate]) => gate === gateId);
  return isLane || (flow.started && flow.whole.some(([gate]) => gate === gateId));
}

function heldAt(gate: GateRow, eventId: string): HeldEventView[] {
  const about = { functionId: gate.functionId ?? "", until: gate.dueAt };
  if (gate.kind === "debounce") {
    const { event } = JSON.parse(gate.state) as DebounceState;
    return event.eventId === eventId ? [{ ...about, kind: "debounce", runId: event.runId, events: 1 }] : [];
  }
  const { eventIds, runId } = JSON.parse(gate.state) as BatchState;
  return eventIds.includes(eventId) ? [{ ...about, kind: "batch", runId, events: eventIds.length }] : [];
}
