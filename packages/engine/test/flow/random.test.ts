import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@stepfast/store-sqlite";
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

  for (const seed of seeds(Math.ceil(count / 10))) {
    it(`hold on SQLite (seed ${seed})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "stepfast-flow-"));
      try {
        const store = await openSqliteStore({ path: join(folder, "flow.db"), synchronous: "NORMAL" });
        expect(await trial(seed, { store, events: 15 })).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
