// tidy: allow asks another process again and again until it answers as wanted
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const BETWEEN_MS = 5;

/** Asks again and again until the answer is as wanted; throws, naming what was wanted, when patience ends. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  isDone: (answer: T) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (Date.now() > giveUpAt) {
      throw new Error(`Waited ${patienceMs} ms for ${what}; the last answer was ${JSON.stringify(answer)}`);
    }
    await pause(BETWEEN_MS);
  }
}
