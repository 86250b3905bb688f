import { openPostgresStore } from "@stepfast/store-postgres";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seeds } from "../expression-dice.ts";
import { trial } from "./world/trial.ts";

const count = Number(process.env.STEPFAST_POSTGRES_TRIALS ?? 1);

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.destroy(), 60_000);

/** Two nodes, each with connections of its own; a third way to the store looks at what is there. */
async function onPostgres(seed: number, faults: number): Promise<string[]> {
  const schema = `flow_${seed}_${faults}`;
  // The clock is that of the trial, and so is when nodes hear of each other.
  const open = () => openPostgresStore({ url: server.url, schema, leaseClock: "caller", hints: false });
  const stores = [await open()];
  const openStore = async () => {
    const store = await open();
    stores.push(store);
    return store;
  };
  try {
    const size = { nodes: 2, events: 8, tailMs: 60_000 };
    return await trial(seed, { ...size, store: stores[0], openStore, faults });
  } finally {
    for (const store of stores) await store.close();
  }
}

describe("limits of two nodes on PostgreSQL, at random", () => {
  for (const [no, seed] of seeds(count).entries()) {
    it(`hold at every instant, and leave no place empty (seed ${seed})`, { timeout: 120_000 }, async () => {
      expect(await onPostgres(seed, no % 2 === 0 ? 1 : 0)).toEqual([]);
    });
  }
});
