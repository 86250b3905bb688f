import type { Store } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import pg from "pg";
import { timedRows } from "../bare-rows.ts";
import type { Case } from "../case.ts";
import type { Figure } from "../figure.ts";
import { median, percentile } from "../statistics.ts";
import { timedChain, timedCrowd, workbenchOn } from "../workbench.ts";
import { type Crowd, rate, title } from "./crowd.ts";

const STEPS = 100;

const crowds: Crowd[] = [
  { runs: 2_000, steps: 1, unit: "runs/s", goal: 3_000 },
  { runs: 500, steps: 10, unit: "steps/s", goal: 10_000 },
];

/** The least that PostgreSQL needs to make something durable: one row in one transaction, in one round trip. */
class CommitProbe {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<CommitProbe> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("CREATE TABLE probe (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text TEXT)");
    return new CommitProbe(client);
  }

  /** Milliseconds of each of so many commits, one right after the other. */
  async times(count: number): Promise<number[]> {
    const query = { name: "probe", text: "INSERT INTO probe (text) VALUES ($1)", values: ["a row's text"] };
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begunAt = performance.now();
      await this.#client.query(query);
      times.push(performance.now() - begunAt);
    }
    return times;
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** Steps one after the other, and commits of one row in between. */
async function sequentialFigures(url: string, store: Store, smoke: boolean): Promise<Figure[]> {
  const bench = await workbenchOn(store);
  const probe = await CommitProbe.open(url);
  const perStep: number[] = [];
  const commits: number[] = [];
  for (let round = smoke ? 0 : -3; round < (smoke ? 1 : 15); round++) {
    const single = await probe.times(STEPS);
    const times = await timedChain(bench, STEPS);
    if (round < 0) continue;
    commits.push(...single);
    for (let i = 2; i <= STEPS; i++) perStep.push((times[i] ?? 0) - (times[i - 1] ?? 0));
  }
  await probe.close();
  await bench.close();
  const what = `PostgreSQL, 1 run of ${STEPS} steps: a step`;
  const limit = (name: string, value: number) => ({ name: `commit of a row, ${name}`, value });
  const common = { unit: "ms", better: "less" } as const;
  const goal = { goal: 2.5, goalIsRatio: true };
  const [p50, p99] = [limit("p50", median(commits)), limit("p99", percentile(commits, 0.99))];
  return [
    { name: `${what}, p50`, value: median(perStep), ...common, limit: p50, ...goal },
    { name: `${what}, p99`, value: percentile(perStep, 0.99), ...common, limit: p99 },
  ];
}

async function crowdFigure(open: () => Promise<Store>, crowd: Crowd, smoke: boolean): Promise<Figure> {
  const bench = await workbenchOn(await open());
  const value = await rate(crowd, smoke, (runs, steps) => timedCrowd(bench, runs, steps, "one by one"));
  await bench.close();
  const store = await open();
  const rows = await rate(crowd, smoke, (runs, steps) => timedRows(store, runs, steps));
  await store.close();
  const limit = { name: "their rows, no engine", value: rows };
  const name = `PostgreSQL, ${title(crowd, "sent one by one")}`;
  return { name, value, unit: crowd.unit, better: "more", limit, goal: crowd.goal };
}

/** A node and a PostgreSQL of its own, on this machine. */
export const postgres: Case = {
  name: "postgres",
  async run({ smoke }) {
    const server = await PostgresServer.start();
    const open = () => openPostgresStore({ url: server.url });
    try {
      const figures = await sequentialFigures(server.url, await open(), smoke);
      for (const crowd of crowds) figures.push(await crowdFigure(open, crowd, smoke));
      return figures;
    } finally {
      await server.destroy();
    }
  },
};
