import type { GateRow, Guard, PruneParams, RunRow, Store } from "@stepfast/store";
import { makeGate } from "../rows.ts";
import type { Dice } from "./dice.ts";

const kinds: GateRow["kind"][] = ["lane", "debounce", "job"];
const functionIds = ["shop-fulfil", "shop-refund", null];
const ended: RunRow["status"][] = ["completed", "failed"];

/** Makes random gates, of which there are so few that change-sets meet at them. */
export class GateWorld {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  gateId(): string {
    return `g${this.#dice.below(4)}`;
  }

  /** Stamps repeat here, so that guards hold now and then. */
  #stamp(): string {
    return `s${this.#dice.below(3)}`;
  }

  gate(dueAt: number | null): GateRow {
    return makeGate({
      id: this.gateId(),
      kind: this.#dice.pick(kinds),
      functionId: this.#dice.pick(functionIds),
      stamp: this.#stamp(),
      state: JSON.stringify({ free: this.#dice.below(9) }),
      dueAt,
    });
  }

  guard(runId: string): Guard {
    const id = this.gateId();
    if (this.#dice.chance(0.4)) return { kind: "parked", runId, gate: id };
    if (this.#dice.chance(0.3)) return { kind: "unowned", runId, epoch: this.#dice.below(4) };
    return { kind: "gate", id, stamp: this.#dice.chance(0.4) ? null : this.#stamp() };
  }

  /** What a run has to do with gates, at the beginning or later. */
  place(): Pick<RunRow, "rank" | "flow" | "gate"> {
    const dice = this.#dice;
    return {
      rank: dice.below(4) + dice.pick([0, 0.5]),
      flow: dice.chance(0.3) ? JSON.stringify({ held: dice.below(3) }) : null,
      gate: dice.chance(0.4) ? this.gateId() : null,
    };
  }

  /** A look at gates, and at who waits there. */
  look(now: number): (store: Store) => Promise<unknown> {
    const dice = this.#dice;
    const ids = dice.some(3, () => this.gateId()) ?? [];
    const filter = {
      ...(dice.chance(0.3) ? { functionId: "shop-fulfil" } : {}),
      ...(dice.chance(0.3) ? { kinds: [dice.pick(kinds)] } : {}),
      ...(dice.chance(0.3) ? { cursor: this.gateId() } : {}),
      limit: 1 + dice.below(5),
    };
    const after = dice.chance(0.5) ? { rank: dice.below(4), id: `r000${dice.below(9)}` } : undefined;
    const parked = { gate: this.gateId(), after, limit: dice.below(6) };
    const due = { now, limit: dice.below(5) };
    return async (store) => ({
      some: (await store.getGates(ids)).sort((a, b) => (a.id < b.id ? -1 : 1)),
      list: await store.listGates(filter),
      parked: await store.listParked(parked),
      due: await store.dueGates(due),
      nextAt: await store.nextGateAt(),
    });
  }

  /** What to prune: of what ended up to some time ago. */
  pruning(now: number): PruneParams {
    const dice = this.#dice;
    const time = () => now - 5 * dice.below(20);
    const statuses = ended.filter(() => dice.chance(0.8));
    return {
      endedBefore: Object.fromEntries(statuses.map((status) => [status, time()])),
      eventsBefore: dice.chance(0.7) ? time() : null,
      limit: 1 + dice.below(5),
    };
  }
}
