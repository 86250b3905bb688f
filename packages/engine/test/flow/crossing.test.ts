import { describe, expect, it } from "vitest";
import { dice, seeds } from "../expression-dice.ts";
import { LimitedApp } from "./limited-app.ts";

const KEYS = 3;

/** So many runs under two rules of one place a key, each with one of three keys of either: how they went through. */
async function crossing(runs: number, seed: number) {
  const app = new LimitedApp({ leaseMs: 36_000_000 });
  const rolls = dice(seed);
  const rules = ["event.data.user", "event.data.model"].map((key) => ({ limit: 1, key }));
  await app.limit({ id: "app-cross", concurrency: rules });
  const counts = { moves: 0, reads: 0 };
  const { store } = app;
  const [commit, listParked] = [store.commit.bind(store), store.listParked.bind(store)];
  store.commit = (changes) => {
    counts.moves += (changes.runs ?? []).filter(({ gate }) => gate != null).length;
    return commit(changes);
  };
  store.listParked = (params) => {
    counts.reads++;
    return listParked(params);
  };
  const dataOf = (no: number) => ({ no, user: rolls.below(KEYS), model: rolls.below(KEYS) });
  await app.engine.send(Array.from({ length: runs }, (_, no) => ({ name: "go", data: dataOf(no) })));
  await app.clock.advance(runs * 1_000);
  const peaks = [
    ...app.peaks(({ data }) => `user ${data.user}`),
    ...app.peaks(({ data }) => `model ${data.model}`),
  ];
  return { ...counts, calls: app.visits.length, peaks: peaks.map(([, peak]) => peak) };
}

describe("rules that cross", () => {
  for (const seed of seeds(1)) {
    it.each([30, 200])(`move no more runs a place than there are keys, of %i (seed ${seed})`, async (n) => {
      const { moves, reads, calls, peaks } = await crossing(n, seed);
      expect(calls).toBe(n);
      expect(peaks).toEqual(Array(2 * KEYS).fill(1));
      expect(moves).toBeLessThanOrEqual(n * KEYS);
      expect(reads).toBeLessThanOrEqual(2 * KEYS);
    });
  }
});
