import type { Playground } from "../src/playground.ts";
import { simulate } from "../src/simulation.ts";

/** Plays `count` seeds from `first` on. Throws at the first promise that was broken, with the command that repeats it. */
export async function play(first: number, count: number, playground?: Playground): Promise<void> {
  for (let seed = first; seed < first + count; seed++) await playOne(seed, playground);
}

/** `playground`: default is in memory, and not shared. */
export async function playOne(seed: number, playground?: Playground): Promise<void> {
  const { violations } = await simulate(String(seed), { ground: await playground?.ground() });
  if (violations.length === 0) return;
  const lines = violations.map(({ invariant, message }) => `${invariant}: ${message}`);
  const on = playground?.name ?? "memory";
  const command = `node internal/simulator/dist/main.js --on ${on} --seed ${seed} --trace`;
  throw new Error([`seed ${seed} broke a promise`, ...lines, `repeat it with: ${command}`].join("\n"));
}
