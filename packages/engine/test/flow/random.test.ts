import { describe, expect, it } from "vitest";
import { seeds } from "../expression-dice.ts";
import { trial } from "./world/trial.ts";

const count = Number(process.env.STEPFAST_TRIALS ?? 25);

describe("limits, at random", () => {
  for (const seed of seeds(count)) {
    it(`hold at every instant, and leave no place empty (seed ${seed})`, async () => {
      expect(await trial(seed)).toEqual([]);
    });
    it(`hold on two nodes at once (seed ${seed})`, async () => {
      expect(await trial(seed, { nodes: 2 })).toEqual([]);
    });
    it(`hold when nodes die and writes fail (seed ${seed})`, async () => {
      expect(await trial(seed, { nodes: 1 + (seed % 2), faults: 3 })).toEqual([]);
    });
  }
});
