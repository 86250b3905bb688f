import type { GateRow, ParkedRun } from "@stepfast/store";
import { type GateView, type KnownGate, mostKnown } from "../../../src/domain/flow/gate-board.ts";
import { limitAt } from "../../../src/domain/flow/gate-rooms.ts";
import type { GateWork } from "../../../src/domain/flow/gate-work.ts";
import { limitsInForce } from "../../../src/domain/flow/limits-in-force.ts";
import type { LaneState, ThrottleState } from "../../../src/domain/flow/passable.ts";
import { gatesAhead, type RunFlow, statedGate } from "../../../src/domain/flow/run-flow.ts";
import { opensAt } from "../../../src/domain/flow/throttle-bucket.ts";
import type { FunctionIndex } from "../../../src/domain/function-index.ts";
import type { Publication } from "../../../src/domain/publication.ts";
import { publication } from "../../../src/domain/publication-plan.ts";

export interface ModelRun {
  run: ParkedRun;
  flow: RunFlow;
  /** Where it waits; null: it runs. */
  gate: string | null;
}

const NO_WAITS = { guards: [], matches: new Map() };

/** Gates and the runs at them, of which a plan knows as much as a node does: thousands of runs cost next to nothing. */
export class GateModel implements GateView {
  now = 1_000_000;
  readonly runs = new Map<string, ModelRun>();
  readonly gates = new Map<string, GateRow>();
  readonly counts = { plans: 0, moves: 0, reads: 0, mostMoves: 0 };
  readonly #known = new Map<string, KnownGate>();
  readonly #index: FunctionIndex;
  #ids = 0;

  constructor(index: FunctionIndex) {
    this.#index = index;
  }

  get(id: string): KnownGate | undefined {
    return this.#known.get(id);
  }

  /** As if another node had been at the gates. */
  forget(): void {
    this.#known.clear();
  }

  #read(id: string): void {
    this.counts.reads++;
    const parked = [...this.runs.values()].filter(({ gate }) => gate === id).map(({ run }) => run);
    parked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    const queue = parked.slice(0, mostKnown(id));
    this.#known.set(id, { row: this.gates.get(id) ?? null, queue, isWhole: queue.length < mostKnown(id) });
  }

  /** Does the work in one plan, and what the gates are then due for in more of them. */
  do(...work: GateWork[]): void {
    this.#apply(this.#plan(work));
    for (let due = this.#due(); due !== undefined; due = this.#due())
      this.#apply(this.#plan([{ kind: "due", gateId: due }]));
  }

  /** In one plan alone: whoever was to go on with the rest has died. */
  doAndDie(...work: GateWork[]): void {
    this.#apply(this.#plan(work));
    this.forget();
  }

  #due(): string | undefined {
    return [...this.gates.values()].find(({ dueAt }) => dueAt !== null && dueAt <= this.now)?.id;
  }

  #plan(work: GateWork[]): Publication {
    for (;;) {
      const plan = publication([], work, NO_WAITS, {
        now: this.now,
        newId: () => `id${this.#ids++}`,
        ownerOfNext: () => null,
        index: this.#index,
        learned: { takenKeys: null, whereabouts: null, owned: null },
        onProblem: () => {},
        gates: this,
        rules: limitsInForce(this.#index),
      });
      if (plan.needs.size === 0) return plan;
      for (const id of plan.needs) this.#read(id);
    }
  }

  #apply({ changes, gates }: Publication): void {
    for (const row of changes.gates ?? []) this.gates.set(row.id, row);
    for (const id of changes.endedGates ?? []) this.gates.delete(id);
    for (const [id, known] of gates?.known ?? []) this.#known.set(id, known);
    let moves = 0;
    for (const { id, gate, flow } of changes.runs ?? []) {
      const found = this.runs.get(id);
      if (!found) continue;
      if (gate !== undefined) found.gate = gate;
      if (gate != null) moves++;
      if (flow != null) found.flow = JSON.parse(flow) as RunFlow;
    }
    for (const { runId } of changes.messages ?? []) {
      const found = this.runs.get(runId);
      if (found) found.flow = { ...found.flow, started: true, held: found.flow.held + 1 };
    }
    this.counts.plans++;
    this.counts.moves += moves;
    this.counts.mostMoves = Math.max(this.counts.mostMoves, moves);
  }

  /** A run that waits although each gate ahead of it is open. */
  idle(): string | null {
    const rules = limitsInForce(this.#index);
    const states = new Map([...this.gates].map(([id, { state }]) => [id, JSON.parse(state)]));
    for (const { run, flow, gate } of this.runs.values()) {
      if (gate === null) continue;
      const isOpen = (id: string) => {
        const state = states.get(id) as (LaneState & ThrottleState) | undefined;
        if (!state) return true;
        if (id.startsWith("throttle:"))
          return opensAt(state.fullAt, rules.throttle(run.functionId, id) ?? state) <= this.now;
        return (
          state.held <
          limitAt(rules, { functionId: run.functionId, stated: statedGate(flow, id) ?? [id, 1], state })
        );
      };
      if (gatesAhead(flow).every(isOpen)) return `${run.id} waits at ${gate} and could go: ${run.flow}`;
    }
    return null;
  }

  /** A gate whose counts are not those of the runs. */
  miscount(): string | null {
    const held = new Map<string, number>();
    const waiting = new Map<string, number>();
    const add = (map: Map<string, number>, id: string, by: number) => map.set(id, (map.get(id) ?? 0) + by);
    for (const { flow, gate } of this.runs.values()) {
      if (gate !== null) add(waiting, gate, 1);
      for (const [id] of flow.lanes) add(held, id, flow.held);
      for (const [id] of flow.whole) add(held, id, flow.started ? 1 : 0);
    }
    for (const [id, { state }] of this.gates) {
      const found = JSON.parse(state) as LaneState;
      if (found.waiting !== (waiting.get(id) ?? 0)) return `${id}: ${state}, and ${waiting.get(id)} wait`;
      if (!id.startsWith("throttle:") && found.held !== (held.get(id) ?? 0))
        return `${id}: ${state}, and ${held.get(id)} are held`;
      waiting.delete(id);
    }
    for (const [id, count] of waiting) if (count > 0) return `${id} is not there, and ${count} wait`;
    return null;
  }
}
