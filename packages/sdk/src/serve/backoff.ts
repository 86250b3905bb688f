/** Waits; rejects with the signal's reason when it is aborted. */
export type Sleep = (ms: number) => Promise<void>;

export const sleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const BASE_MS = 100;
const MAX_ATTEMPTS = 5;

/** A failure that trying again cannot mend. */
export class FinalFailure extends Error {
  override name = "FinalFailure";
}

/**
 * Does `work` up to five times, waiting 100 ms, 200 ms, 400 ms and 800 ms in between, with up to 100 ms on top so
 * that many callers do not come back at once. A {@link FinalFailure} ends it: its cause is thrown.
 */
export async function withRetries<T>(work: () => Promise<T>, wait: Sleep = sleep): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FinalFailure) throw error.cause;
      if (attempt >= MAX_ATTEMPTS) throw error;
      await wait(BASE_MS * 2 ** (attempt - 1) + Math.random() * BASE_MS);
    }
  }
}
