import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Playground } from "../src/playground.ts";
import { simulate } from "../src/simulation.ts";
import { playOne } from "./play.ts";

/** Not all can be compared: a look more, which one store needs, moves all that comes after it by a moment. */
const STAYING = [3, 5];
/** Of each kind; `STEPFAST_SEEDS=500` plays more. */
const SEEDS = Number(process.env.STEPFAST_SEEDS ?? 2);
const first = Number(process.env.STEPFAST_SEED ?? Math.floor(Math.random() * 1_000_000_000));
const seeds = Array.from({ length: SEEDS }, (_, i) => first + i);
console.log(`simulator on PostgreSQL: ${SEEDS} seeds from ${first}, twice`);

const TIMEOUT_MS = 120_000 + SEEDS * 20_000;

/**
 * Each store counts the waits that are opened in its own way, and says in its own number of looks that there is nothing more to
 * prune: the numbers do not count, nor does what comes after the first look.
 */
function comparable(journal: string[]): string[] {
  const pruned = journal.findIndex((line) => / pruned \d/.test(line));
  const before = pruned < 0 ? journal : journal.slice(0, pruned);
  return before.map((line) => line.replace(/version\W+\d+/g, "version"));
}

describe("on PostgreSQL", () => {
  let memory: Playground;
  let postgres: Playground;
  beforeAll(async () => {
    memory = await Playground.open("shared");
    postgres = await Playground.open("postgres");
  }, 60_000);
  afterAll(() => postgres?.close());

  it(
    "seeds that stay play line for line as in memory; others keep every promise",
    async () => {
      for (const seed of seeds) await playOne(seed, postgres);
      for (const seed of STAYING) {
        const expected = await simulate(String(seed), { ground: await memory.ground() });
        const found = await simulate(String(seed), { ground: await postgres.ground() });
        expect(found.violations, `seed ${seed}`).toEqual([]);
        expect(comparable(found.journal), `seed ${seed}`).toEqual(comparable(expected.journal));
      }
    },
    TIMEOUT_MS,
  );
});

describe("on a PostgreSQL where calls of several nodes are under way at once", () => {
  let busy: Playground;
  beforeAll(async () => {
    busy = await Playground.open("busy");
  }, 60_000);
  afterAll(() => busy?.close());

  it(
    "seeds keep every promise",
    async () => {
      for (const seed of seeds) await playOne(seed, busy);
    },
    TIMEOUT_MS,
  );
});
