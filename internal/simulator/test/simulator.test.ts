import { describe, it } from "vitest";
import { Playground } from "../src/playground.ts";
import { play } from "./play.ts";

const CHUNKS = 8;
const SEEDS_EACH = 25;

const first = Math.floor(Math.random() * 1_000_000_000);
console.log(`simulator: ${CHUNKS * SEEDS_EACH} seeds from ${first}`);

describe("seeds that nobody has played before", () => {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const from = first + chunk * SEEDS_EACH;
    const on = chunk % 2 === 0 ? "memory" : "shared";
    const name = `keep every promise (${on}): ${SEEDS_EACH} seeds from ${from}`;
    it(name, async () => play(from, SEEDS_EACH, await Playground.open(on)), 120_000);
  }
});
