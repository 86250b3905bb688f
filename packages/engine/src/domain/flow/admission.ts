import type { EventPayload } from "@stepfast/protocol";
import type { EventRow, MessageRow, ParkedRun } from "@stepfast/store";
import type { FunctionSpec } from "../function-spec.ts";
import type { RunSeed } from "../run-seed.ts";
import { addToBatch, type BatchState, takesIn } from "./batch.ts";
import { type DebounceState, putOff } from "./debounce.ts";
import type { FlowSpec } from "./flow-spec.ts";
import type { GateBoard, OpenGate } from "./gate-board.ts";
import { gateId, keyValue } from "./gate-id.ts";
import type { HeldEvent } from "./held-event.ts";
import type { Lanes } from "./lanes.ts";
import { rateInForce } from "./limits-in-force.ts";
import { countPassage, type RateState } from "./rate-gate.ts";
import { type RunFlow, rankOf, runFlow } from "./run-flow.ts";

/** A seed whose function is known and has limits. */
export interface LimitedSeed extends RunSeed {
  spec: FunctionSpec & { flow: FlowSpec };
}

export interface Trigger {
  row: EventRow;
  payload: EventPayload;
}

/** What stands between an event and its run is over up to here. */
export type Stage = "arrived" | "put off" | "repeated";

/** What becomes of an event, or of one that waited before it. */
export type Verdict =
  /** It becomes a run. `gate`: where the run waits; null: it may start. */
  | { kind: "run"; seed: RunSeed; place: RunPlace }
  /** A batch is closed: the events named become one run. */
  | { kind: "batch"; seed: RunSeed; eventIds: string[]; place: RunPlace }
  | { kind: "skip"; seed: RunSeed; eventId: string; reason: SkipReason; existingRunId: string | null };

export type SkipReason = "rate_limit" | "debounce" | "idempotency" | "singleton" | "paused";

export interface RunPlace {
  flow: RunFlow | null;
  rank: number;
  gate: string | null;
}

export interface AdmissionContext {
  now: number;
  newId: () => string;
  /** Id of the run that has this event's idempotency key; null: it is free, and from now on that of the run `runId`. */
  holderOfKey: (seed: LimitedSeed, trigger: Trigger, runId: string) => string | null;
}

/** Takes an event past its function's limits, in their order: rate limit, batch, debounce, singleton, idempotency, gates. */
export class Admission {
  readonly messages: MessageRow[] = [];
  readonly #board: GateBoard;
  readonly #lanes: Lanes;
  readonly #context: AdmissionContext;

  constructor(board: GateBoard, lanes: Lanes, context: AdmissionContext) {
    this.#board = board;
    this.#lanes = lanes;
    this.#context = context;
  }

  admit(seed: LimitedSeed, trigger: Trigger, stage: Stage): Verdict[] {
    const { flow } = seed.spec;
    if (stage === "arrived") {
      if (!this.#isWithinRate(seed, flow, trigger)) return [this.#skip(seed, trigger, "rate_limit", null)];
      if (flow.batch && seed.origin !== "invoke" && this.#isBatched(flow.batch.condition, trigger)) {
        return this.#batch(seed, trigger);
      }
      if (flow.debounce) return this.#putOff(seed, trigger);
    }
    // An event that a run in its place keeps out leaves its idempotency key to the next.
    const inPlace = this.#inItsPlace(seed, trigger);
    if (inPlace !== null) return [this.#skip(seed, trigger, "singleton", inPlace)];
    const taken = stage === "repeated" ? null : this.#context.holderOfKey(seed, trigger, seed.id);
    if (taken !== null) return [this.#skip(seed, trigger, "idempotency", taken)];
    return [this.#start(seed, trigger)];
  }

  /** The batch's time is over. */
  closeBatch(seed: LimitedSeed, batch: BatchState): Verdict {
    return {
      kind: "batch",
      seed: { ...seed, id: batch.runId },
      eventIds: batch.eventIds,
      place: this.#enter(seed, batch.runId, batch.flow, this.#context.now),
    };
  }

  #isWithinRate(seed: LimitedSeed, { rate }: FlowSpec, { payload }: Trigger): boolean {
    if (!rate) return true;
    const key = keyValue(rate.key, payload);
    if (key?.value === false) return true;
    const id = gateId("rate", seed.functionId, rate.key, key);
    const gate = this.#board.gate<RateState>(id, "rate", seed.functionId);
    return countPassage(gate, rateInForce(seed.spec, rate, id), this.#context.now);
  }

  #isBatched(condition: { test(vars: { event: EventPayload }): boolean } | null, trigger: Trigger): boolean {
    if (!condition) return true;
    try {
      return condition.test({ event: trigger.payload });
    } catch {
      return false;
    }
  }

  #batch(seed: LimitedSeed, trigger: Trigger): Verdict[] {
    const spec = seed.spec.flow.batch;
    if (!spec) return [];
    const id = gateId("batch", seed.functionId, spec.key, keyValue(spec.key, trigger.payload));
    const gate = this.#board.gate<BatchState>(id, "batch", seed.functionId);
    const bytes = Buffer.byteLength(trigger.row.data);
    const open = gate.state && takesIn(gate.state, bytes, spec) ? gate.state : null;
    const taken = this.#context.holderOfKey(seed, trigger, open?.runId ?? seed.id);
    if (taken !== null) return [this.#skip(seed, trigger, "idempotency", taken)];
    const flow = runFlow(seed.functionId, seed.spec.flow, trigger.payload, null);
    const event = { ...heldEvent(seed, trigger), bytes, flow };
    return addToBatch(gate, event, spec, this.#context.now).map((batch) => this.closeBatch(seed, batch));
  }

  #putOff(seed: LimitedSeed, trigger: Trigger): Verdict[] {
    const spec = seed.spec.flow.debounce;
    if (!spec) return [];
    const id = gateId("debounce", seed.functionId, spec.key, keyValue(spec.key, trigger.payload));
    const gate = this.#board.gate<DebounceState>(id, "debounce", seed.functionId);
    const result = putOff(gate, heldEvent(seed, trigger), spec, this.#context.now);
    if (!result) return [];
    const { loser, winner } = result;
    const lost = { ...seed, ...seedOf(loser) };
    return [
      { kind: "skip", seed: lost, eventId: loser.eventId, reason: "debounce", existingRunId: winner.runId },
    ];
  }

  #start(seed: LimitedSeed, trigger: Trigger): Verdict {
    const { flow } = seed.spec;
    const rank = rankOf(flow, trigger.payload, this.#context.now);
    const gates = runFlow(seed.functionId, flow, trigger.payload, this.#takeSingle(seed, trigger));
    // An event of the future meets the gates when its time has come, one of a function that is paused or not there when it is back.
    if (trigger.row.ts > this.#context.now || seed.spec.paused || seed.isAway)
      return { kind: "run", seed, place: { flow: gates, rank, gate: null } };
    return { kind: "run", seed, place: this.#enter(seed, seed.id, gates, rank) };
  }

  #enter(seed: LimitedSeed, id: string, flow: RunFlow | null, rank: number): RunPlace {
    if (!flow || seed.spec.paused) return { flow, rank, gate: null };
    const { functionId, appId, spec } = seed;
    const { now } = this.#context;
    const run: ParkedRun = {
      id,
      functionId,
      appId,
      rank,
      flow: JSON.stringify(flow),
      queuedAt: now,
      startBy: spec.startMs === null ? null : now + spec.startMs,
      epoch: 0,
    };
    const gate = this.#lanes.enter(run, flow);
    return { flow: gate === null ? { ...flow, started: true, held: 1 } : flow, rank, gate };
  }

  /** The run that keeps this event out; null: none does. */
  #inItsPlace(seed: LimitedSeed, trigger: Trigger): string | null {
    if (seed.spec.flow.singleton?.mode !== "skip") return null;
    const gate = this.#singleton(seed, trigger);
    if (!gate?.state) return null;
    gate.isTouched = true;
    return gate.state.runId;
  }

  /** Takes the place, and tells who had it to go. Returns the gate's id; null: the event needs none. */
  #takeSingle(seed: LimitedSeed, trigger: Trigger): string | null {
    const gate = this.#singleton(seed, trigger);
    if (!gate) return null;
    if (gate.state !== null) this.#cancel(gate.state.runId);
    gate.put({ runId: seed.id }, null);
    return gate.id;
  }

  #singleton(seed: LimitedSeed, { payload }: Trigger): OpenGate<SingletonState> | null {
    const spec = seed.spec.flow.singleton;
    if (!spec) return null;
    const key = keyValue(spec.key, payload);
    if (key?.value === false) return null;
    const id = gateId("singleton", seed.functionId, spec.key, key);
    return this.#board.gate<SingletonState>(id, "singleton", seed.functionId);
  }

  #cancel(runId: string): void {
    this.messages.push({
      id: this.#context.newId(),
      runId,
      kind: "cancel",
      stepId: "",
      payload: JSON.stringify({ reason: "singleton" }),
      createdAt: this.#context.now,
    });
  }

  #skip(seed: RunSeed, { row }: Trigger, reason: SkipReason, existingRunId: string | null): Verdict {
    return { kind: "skip", seed, eventId: row.id, reason, existingRunId };
  }
}

/** State of a gate of kind `singleton`. */
export interface SingletonState {
  runId: string;
}

/** The run has ended: the next may start, unless another has taken its place already. */
export function leaveSingleton(board: GateBoard, gate: string, runId: string): void {
  const open = board.gate<SingletonState>(gate, "singleton", null);
  if (open.state?.runId === runId) open.end();
  // What this node knows may be old: then it must look again.
  else open.isTouched = true;
}

function heldEvent(seed: RunSeed, { row }: Trigger): HeldEvent {
  const { id: runId, appId, origin, parentRunId, parentStepId } = seed;
  return { runId, appId, eventId: row.id, ts: row.ts, origin, parentRunId, parentStepId };
}

/** The seed's own part of a held event. */
export function seedOf(event: HeldEvent): Pick<RunSeed, "id" | "origin" | "parentRunId" | "parentStepId"> {
  const { runId: id, origin, parentRunId, parentStepId } = event;
  return { id, origin, parentRunId, parentStepId };
}
