import type { Store } from "@stepfast/store";

/** A store that takes longer than this to answer is no store to work with. */
const PATIENCE_MS = 2_000;

async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a node may be given work: it has started, it is not on its way out, its store answers, and its session lives. */
export class Readiness {
  #state: "starting" | "open" | "draining" = "starting";
  readonly #store: Store;
  readonly #isAlive: () => boolean;
  readonly #patienceMs: number;

  /** `isAlive`: whether the node's session lives, as far as the node knows. */
  constructor(store: Store, isAlive: () => boolean, patienceMs = PATIENCE_MS) {
    this.#store = store;
    this.#isAlive = isAlive;
    this.#patienceMs = patienceMs;
  }

  open(): void {
    this.#state = "open";
  }

  drain(): void {
    this.#state = "draining";
  }

  /** What is in the way; undefined: nothing. What the store says stays in the log of whoever operates it. */
  async notReady(): Promise<string | undefined> {
    if (this.#state !== "open") return this.#state;
    try {
      await within(this.#store.nextWakeAt(), this.#patienceMs);
      return this.#isAlive() ? undefined : "session_lost";
    } catch {
      return "store_unavailable";
    }
  }
}
