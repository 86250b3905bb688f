import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult, Store } from "@stepfast/store";
import { withCommit } from "../campaign/store-proxy.ts";

/** How often a commit fails. */
export interface Faults {
  /** As on a full disk: nothing of it is there. */
  refused: number;
  /** All of it is there, and the answer is lost. */
  unanswered: number;
}

/**
 * A store whose commits fail now and then, in both ways a commit can fail. What is asked for before a failure is known
 * fails too, as the contract has it.
 */
export function faultyStore(store: Store, faults: Faults): Store {
  const faulty = new FaultyCommits(store, faults);
  return withCommit(store, (changes) => faulty.commit(changes));
}

class FaultyCommits {
  readonly #store: Store;
  readonly #faults: Faults;
  /** Failures that nobody has heard of yet. */
  #unheard = 0;

  constructor(store: Store, faults: Faults) {
    this.#store = store;
    this.#faults = faults;
  }

  async commit(changes: ChangeSet): Promise<CommitResult> {
    const chance = Math.random();
    const { refused, unanswered } = this.#faults;
    const isFailing = this.#unheard > 0;
    if (!isFailing && chance >= refused + unanswered) return this.#store.commit(changes);
    if (isFailing || chance < refused) {
      await this.#fail(new Promise(setImmediate));
      throw fault("the disk is full");
    }
    await this.#fail(this.#store.commit(changes));
    throw fault("the answer was lost");
  }

  async #fail(until: Promise<unknown>): Promise<void> {
    this.#unheard++;
    await until;
    this.#unheard--;
  }
}

function fault(reason: string): StepfastError {
  return new StepfastError("store_unavailable", `A fault on purpose: ${reason}`);
}
