/** A seeded source of choices, so that a failing case can be made again from the seed in its name. */
export interface Dice {
  chance(probability: number): boolean;
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  list<T>(maxLength: number, item: () => T): T[];
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    chance: (probability) => next() < probability,
    below,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    list: (maxLength, item) => Array.from({ length: below(maxLength + 1) }, item),
  };
}

/** Fresh seeds each time; the test's name prints them. `STEPFAST_SEED` gives the first. */
export function seeds(count: number): number[] {
  const first = Number(process.env.STEPFAST_SEED ?? Math.floor(Math.random() * 1e9));
  return Array.from({ length: count }, (_, index) => first + index);
}
