import { describe, expect, it } from "vitest";
import { seeds } from "../expression-dice.ts";
import { trial } from "./world/trial.ts";

const count = Number(process.env.STEPFAST_TRIALS ?? 30);

describe("limits, at random", () => {
  for (const seed of seeds(count)) {
    it(`hold at every instant, and leave no place empty (seed ${seed})`, async () => {
      expect(await trial(seed)).toEqual([]);
    });
  }
});
