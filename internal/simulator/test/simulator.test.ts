import { describe, it } from "vitest";
import { play } from "./play.ts";

const CHUNKS = 8;
const SEEDS_EACH = 25;

const first = Math.floor(Math.random() * 1_000_000_000);
console.log(`simulator: ${CHUNKS * SEEDS_EACH} seeds from ${first}`);

describe("seeds that nobody has played before", () => {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const from = first + chunk * SEEDS_EACH;
    it(`keep every promise: ${SEEDS_EACH} seeds from ${from}`, () => play(from, SEEDS_EACH), 120_000);
  }
});
