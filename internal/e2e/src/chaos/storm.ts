import { setTimeout as pause } from "node:timers/promises";
import type { Dice } from "../campaign/dice.ts";
import type { Cluster } from "./cluster.ts";
import type { Blow } from "./fault.ts";
import { faults } from "./faults.ts";

export const allKinds = Object.keys(faults);
/** What comes more often once each kind has been. */
const MORE = [
  "kill",
  "kill",
  "zombie",
  "lost acknowledgement",
  "lost answer",
  "database crash",
  "worker kill",
];
/** What must have found runs at work before the storm may end, within so many rounds. */
const TAKE_OVERS = ["kill", "zombie"];
const MAX_ROUNDS = 3;
const CALM_MS = [200, 1_500] as const;

/** One fault after the other, in an order of chance in which none is forgotten. */
export class Storm {
  readonly blows: Blow[] = [];
  readonly #cluster: Cluster;
  readonly #dice: Dice;
  readonly #kinds: string[];
  #round: string[];
  #isBlowing = false;
  #whenCalm: (() => void)[] = [];

  /** `kinds` of faults; default: all. */
  constructor(cluster: Cluster, dice: Dice, kinds: string[] = allKinds) {
    this.#cluster = cluster;
    this.#dice = dice;
    this.#kinds = kinds;
    this.#round = dice.sample(kinds, kinds.length);
  }

  /** Resolves when the time is over, each kind has been, a take-over has been seen of each kind that shows one, and everything works again. Throws if it does not. */
  async rage(forMs: number, onBlow: (blow: Blow) => void): Promise<void> {
    const until = performance.now() + forMs;
    while (performance.now() < until || this.#isOwing()) {
      await pause(this.#dice.between(...CALM_MS));
      const blow = await this.#strike(this.#next());
      this.blows.push(blow);
      onBlow(blow);
      this.#cluster.assertAlive();
    }
  }

  /** Whether a kind has not been yet, or one that shows a take-over found nothing to take over; not for ever. */
  #isOwing(): boolean {
    const { length } = this.blows;
    if (length < this.#kinds.length) return true;
    const hit = new Set(this.blows.filter(({ held }) => held > 0).map(({ kind }) => kind));
    const mustHit = TAKE_OVERS.filter((kind) => this.#kinds.includes(kind));
    return length < MAX_ROUNDS * this.#kinds.length && !mustHit.every((kind) => hit.has(kind));
  }

  /** Resolves when everything works. */
  async calm(): Promise<void> {
    if (this.#isBlowing) await new Promise<void>((resolve) => this.#whenCalm.push(resolve));
  }

  async #strike(kind: string): Promise<Blow> {
    const fault = faults[kind];
    if (fault === undefined) throw new Error(`there is no fault "${kind}"`);
    this.#isBlowing = true;
    const blow = { kind, ...(await fault({ cluster: this.#cluster, dice: this.#dice })) };
    this.#isBlowing = false;
    for (const tell of this.#whenCalm.splice(0)) tell();
    return blow;
  }

  #next(): string {
    const more = MORE.filter((kind) => this.#kinds.includes(kind));
    const all = [...this.#kinds, ...more];
    if (this.#round.length === 0) this.#round = this.#dice.sample(all, all.length);
    return this.#round.pop() ?? "kill";
  }
}
