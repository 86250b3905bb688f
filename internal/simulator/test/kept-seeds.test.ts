import { describe, expect, it } from "vitest";
import { Playground } from "../src/playground.ts";
import { simulate } from "../src/simulation.ts";
import { keptSeeds, keptSharedSeeds } from "./kept-seeds.ts";
import { play, playOne } from "./play.ts";

const CHUNKS = 6;
const SEEDS_EACH = 25;

describe("seeds that stay", () => {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const from = 1 + chunk * SEEDS_EACH;
    it(`keep every promise: ${SEEDS_EACH} seeds from ${from}`, () => play(from, SEEDS_EACH), 120_000);
  }

  for (const seed of keptSeeds) {
    it(`keep every promise: ${seed}, which once found a bug`, () => playOne(seed), 120_000);
  }

  for (const seed of keptSharedSeeds) {
    const name = `keep every promise on a shared store: ${seed}, which once found a bug`;
    it(name, async () => playOne(seed, await Playground.open("shared")), 120_000);
  }
});

describe("a seed", () => {
  it("plays the same every time", async () => {
    for (const seed of ["7", "21", "33"]) {
      const once = await simulate(seed);
      await simulate("8");
      const again = await simulate(seed);
      expect(again.digest).toBe(once.digest);
      expect(again.events).toBe(once.events);
      expect(once.journal.length).toBeGreaterThan(10);
    }
  });

  it("plays like no other", async () => {
    const digests = new Set<string>();
    for (let seed = 1; seed <= 10; seed++) digests.add((await simulate(String(seed))).digest);
    expect(digests.size).toBe(10);
  });
});
