import type { ChangeSet, CommitResult, Store } from "@stepfast/store";
import type { Transition } from "../domain/transition.ts";
import type { Publisher } from "./publisher.ts";

/** The writes of one run, in the order of their decisions: each builds on those before it. */
export class RunWrites {
  readonly #host: { readonly store: Store; readonly publisher: Publisher };
  /** One that may be refused although the run is held, or looks for waits before it is written: what comes after waits. */
  #unsure: Promise<CommitResult> | null = null;
  #open = 0;
  #waiting: (() => void)[] = [];

  constructor(host: { readonly store: Store; readonly publisher: Publisher }) {
    this.#host = host;
  }

  commit(transition: Transition, rows: ChangeSet): Promise<CommitResult> {
    this.#open++;
    if (this.#unsure) {
      const after = this.#unsure.then((before) => (before.ok ? this.#write(transition, rows) : before));
      return this.#hold(after);
    }
    const result = this.#write(transition, rows);
    return isSure(transition) ? result : this.#hold(result);
  }

  #write({ emissions, announcement }: Transition, rows: ChangeSet): Promise<CommitResult> {
    if (emissions.length === 0 && announcement === null) return this.#host.store.commit(rows);
    return this.#host.publisher.publish(emissions, rows, announcement);
  }

  #hold(result: Promise<CommitResult>): Promise<CommitResult> {
    this.#unsure = result;
    const forget = () => {
      if (this.#unsure === result) this.#unsure = null;
    };
    result.then(forget, forget);
    return result;
  }

  /** One of them is durable. `act` is what follows from it. */
  landed(act: () => void): void {
    this.#open--;
    act();
    if (this.#open > 0) return;
    for (const start of this.#waiting.splice(0)) start();
  }

  /** Calls back once nothing is being written. */
  whenDurable(start: () => void): void {
    if (this.#open === 0) start();
    else this.#waiting.push(start);
  }
}

/** Written at once, and refused only if the run is lost. */
function isSure({ emissions, announcement, waitGuards, closedWaits }: Transition): boolean {
  return (
    emissions.length === 0 && announcement === null && waitGuards.length === 0 && closedWaits.length === 0
  );
}
