import { simulate } from "../src/simulation.ts";

/** Plays `count` seeds from `first` on. Throws at the first promise that was broken, with the command that repeats it. */
export async function play(first: number, count: number): Promise<void> {
  for (let seed = first; seed < first + count; seed++) await playOne(seed);
}

export async function playOne(seed: number): Promise<void> {
  const { violations } = await simulate(String(seed));
  if (violations.length === 0) return;
  const lines = violations.map(({ invariant, message }) => `${invariant}: ${message}`);
  const command = `node internal/simulator/dist/main.js --seed ${seed} --trace`;
  throw new Error([`seed ${seed} broke a promise`, ...lines, `repeat it with: ${command}`].join("\n"));
}
