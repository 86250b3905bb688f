import { hashStepId } from "@stepfast/protocol";

const MAX_CACHED = 10_000;

/** Hashes of step ids: a function's ids are few, its runs are many. */
export class StepHashes {
  readonly #hashes = new Map<string, string>();

  /** sha1 of the id's text. */
  hash(text: string): string {
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    // Ids made from data would otherwise gather without end.
    if (this.#hashes.size >= MAX_CACHED) this.#hashes.clear();
    const hash = hashStepId(text);
    this.#hashes.set(text, hash);
    return hash;
  }
}

/** An id given to a step. */
export interface ClaimedId {
  hash: string;
  /** The id as the user wrote it. */
  userId: string;
  /** Which use of that id this is; absent for the first. */
  index?: number;
}

/**
 * Gives each step of one call its own id (PROTOCOL §5.1): the n-th further use of "a" is "a:n". Written ids and
 * counted ones share one space, so "a:1" written by hand and a second "a" never meet.
 */
export class StepIds {
  readonly #hashes: StepHashes;
  readonly #claimed = new Set<string>();
  readonly #uses = new Map<string, number>();

  constructor(hashes: StepHashes) {
    this.#hashes = hashes;
  }

  claim(userId: string): ClaimedId {
    if (!this.#claimed.has(userId)) {
      this.#claimed.add(userId);
      return { hash: this.#hashes.hash(userId), userId };
    }
    let index = this.#uses.get(userId) ?? 1;
    while (this.#claimed.has(`${userId}:${index}`)) index++;
    this.#claimed.add(`${userId}:${index}`);
    this.#uses.set(userId, index + 1);
    return { hash: this.#hashes.hash(`${userId}:${index}`), userId, index };
  }

  /** The hash the next claim of this id gets. */
  peek(userId: string): string {
    if (!this.#claimed.has(userId)) return this.#hashes.hash(userId);
    let index = this.#uses.get(userId) ?? 1;
    while (this.#claimed.has(`${userId}:${index}`)) index++;
    return this.#hashes.hash(`${userId}:${index}`);
  }
}
