import type { SharedStore } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seeds } from "../expression-dice.ts";
import { deepWorld } from "./world/deep-world.ts";
import { trial } from "./world/trial.ts";

const count = Number(process.env.STEPFAST_POSTGRES_TRIALS ?? 1);

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.destroy(), 60_000);

interface Ways {
  nodes: number;
  store: SharedStore;
  openStore: () => Promise<SharedStore>;
}

/** Two nodes, each with connections of its own; a third way to the store looks at what is there. */
async function onPostgres(schema: string, play: (ways: Ways) => Promise<string[]>): Promise<string[]> {
  // The clock is that of the trial, and so is when nodes hear of each other.
  const open = () => openPostgresStore({ url: server.url, schema, leaseClock: "caller", hints: false });
  const store = await open();
  const stores = [store];
  const openStore = async () => {
    const another = await open();
    stores.push(another);
    return another;
  };
  try {
    return await play({ nodes: 2, store, openStore });
  } finally {
    for (const one of stores) await one.close();
  }
}

describe("limits of two nodes on PostgreSQL, at random", () => {
  for (const [no, seed] of seeds(count).entries()) {
    it(`hold at every instant, and leave no place empty (seed ${seed})`, { timeout: 120_000 }, async () => {
      const faults = no % 2 === 0 ? 1 : 0;
      const size = { events: 8, tailMs: 60_000, faults };
      const found = onPostgres(`flow_${seed}`, (ways) => trial(seed, { ...size, ...ways }));
      expect(await found).toEqual([]);
    });
  }

  it("give a place behind 270 runs that are blocked to who could have it", { timeout: 120_000 }, async () => {
    expect(await onPostgres("flow_deep", deepWorld)).toEqual([]);
  });
});
