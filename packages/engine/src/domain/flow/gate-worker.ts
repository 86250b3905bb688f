import type { Guard, RunPatch } from "@stepfast/store";
import { CLOCK_SKEW_MS } from "../clock-skew.ts";
import type { RunSeed } from "../run-seed.ts";
import {
  type Admission,
  type LimitedSeed,
  leaveSingleton,
  type RunPlace,
  seedOf,
  type Trigger,
  type Verdict,
} from "./admission.ts";
import type { BatchState } from "./batch.ts";
import type { DebounceState } from "./debounce.ts";
import type { GateBoard, OpenGate } from "./gate-board.ts";
import type { GateWork, GrantedPlaces } from "./gate-work.ts";
import type { Lanes } from "./lanes.ts";
import type { RateState } from "./rate-gate.ts";

/** What a piece of work comes to beside the gates themselves. */
export interface WorkResult {
  patch?: RunPatch;
  guard?: Guard;
  granted?: GrantedPlaces;
  verdict?: Verdict;
  trigger?: Trigger | undefined;
}

type Work<Kind extends GateWork["kind"]> = Extract<GateWork, { kind: Kind }>;

/** Does one piece of work at the gates of a plan. */
export class GateWorker {
  readonly #board: GateBoard;
  readonly #lanes: Lanes;
  readonly #admission: Admission;
  readonly #now: number;

  constructor(parts: { board: GateBoard; lanes: Lanes; admission: Admission; now: number }) {
    this.#board = parts.board;
    this.#lanes = parts.lanes;
    this.#admission = parts.admission;
    this.#now = parts.now;
  }

  do(work: GateWork): WorkResult {
    switch (work.kind) {
      case "ask":
        return this.#ask(work);
      case "leave":
        this.#lanes.leave(work.flow, work.places, work.isEnded);
        if (work.isEnded && work.flow.singleton !== null)
          leaveSingleton(this.#board, work.flow.singleton, work.runId);
        return {};
      case "withdraw":
        return this.#withdraw(work);
      case "open":
        this.#lanes.open(work.gateId);
        return {};
      case "repeat":
        return this.#repeat(work);
      case "due":
        return this.#due(work);
    }
  }

  #repeat({ seed, trigger }: Work<"repeat">): WorkResult {
    const [verdict] = isLimited(seed)
      ? this.#admission.admit(seed, { ...trigger, row: { ...trigger.row, ts: 0 } }, "repeated")
      : [{ kind: "run" as const, seed, place: this.#freePlace() }];
    return verdict ? { verdict, trigger } : {};
  }

  #withdraw({ runId, functionId, gate, flow, isEnded }: Work<"withdraw">): WorkResult {
    if (gate !== null) {
      this.#lanes.withdraw({ id: runId, functionId }, gate, flow);
      return { guard: { kind: "parked", runId, gate } };
    }
    // The news of its place is on its way: a run that has ended will not take it in.
    if (isEnded) this.#lanes.leave({ ...flow, started: true }, 1, !flow.started);
    return {};
  }

  #ask({ run, flow, places }: Work<"ask">): WorkResult {
    let now = flow;
    let granted = 0;
    let gate: string | null = null;
    while (granted < places && gate === null) {
      gate = this.#lanes.enter({ ...run, flow: JSON.stringify(now) }, now);
      if (gate !== null) break;
      granted++;
      now = { ...now, started: true, held: now.held + 1 };
    }
    return { patch: { id: run.id, flow: JSON.stringify(now), gate }, granted: { places: granted, gate } };
  }

  #due(work: Work<"due">): WorkResult {
    const gate = this.#board.gate(work.gateId, "lane", null);
    if (gate.state === null || gate.dueAt === null || gate.dueAt > this.#now) return {};
    if (gate.kind === "debounce") return this.#endDebounce(gate as OpenGate<DebounceState>, work);
    if (gate.kind === "batch") return this.#endBatch(gate as OpenGate<BatchState>, work);
    if (gate.kind === "rate") this.#forgetRate(gate as OpenGate<RateState>);
    else this.#lanes.open(gate.id);
    return {};
  }

  #forgetRate(gate: OpenGate<RateState>): void {
    gate.end();
  }

  #endDebounce(gate: OpenGate<DebounceState>, { trigger: found, spec }: Work<"due">): WorkResult {
    const event = gate.state?.event;
    // Another event has taken its place since this one was looked up.
    if (!event || (found && found.row.id !== event.eventId)) return {};
    gate.end();
    if (!found) return {};
    const trigger = this.#inTime(found);
    const functionId = gate.functionId ?? "";
    const seed: RunSeed = { ...seedOf(event), functionId, appId: event.appId, spec };
    const [verdict] = isLimited(seed)
      ? this.#admission.admit(seed, trigger, "put off")
      : [{ kind: "run" as const, seed, place: this.#freePlace() }];
    return verdict ? { verdict, trigger } : {};
  }

  /** One that came before the clock was put back is of as far in the future as it was then: most are of no future at all. */
  #inTime({ row, payload }: Trigger): Trigger {
    const aheadMs = row.receivedAt - this.#now;
    return aheadMs > CLOCK_SKEW_MS ? { row: { ...row, ts: row.ts - aheadMs }, payload } : { row, payload };
  }

  #endBatch(gate: OpenGate<BatchState>, { spec }: Work<"due">): WorkResult {
    const batch = gate.state;
    if (!batch) return {};
    gate.end();
    const { runId: id, appId, eventIds } = batch;
    const link = { origin: "event", parentRunId: null, parentStepId: null } as const;
    const seed: RunSeed = { id, functionId: gate.functionId ?? "", appId, ...link, spec };
    const verdict: Verdict = isLimited(seed)
      ? this.#admission.closeBatch(seed, batch)
      : { kind: "batch", seed, eventIds, place: this.#freePlace() };
    return { verdict };
  }

  #freePlace(): RunPlace {
    return { flow: null, rank: this.#now, gate: null };
  }
}

export function isLimited(seed: RunSeed): seed is LimitedSeed {
  return seed.spec?.flow != null;
}
