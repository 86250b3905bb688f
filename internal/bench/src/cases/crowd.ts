import { join } from "node:path";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { timedRows } from "../bare-rows.ts";
import type { Case, CaseOptions } from "../case.ts";
import type { Figure } from "../figure.ts";
import { median } from "../statistics.ts";
import { openWorkbench, type Submission, timedCrowd } from "../workbench.ts";

export interface Crowd {
  runs: number;
  steps: number;
  unit: "runs/s" | "steps/s";
  goal: number;
  aim?: number;
  peer?: number;
}

const crowds: Crowd[] = [
  { runs: 2_000, steps: 1, unit: "runs/s", goal: 8_000, aim: 15_000, peer: 1_530 },
  { runs: 500, steps: 10, unit: "steps/s", goal: 25_000, aim: 67_000, peer: 6_711 },
];
const ROUNDS = 9;
/** Not counted: the compiler is still at work. */
const WARM_UP = 2;

type Time = (runs: number, steps: number) => Promise<number>;

/** How many a second, in the middle of some rounds. */
export async function rate(crowd: Crowd, smoke: boolean, time: Time): Promise<number> {
  const runs = smoke ? crowd.runs / 20 : crowd.runs;
  const perSecond: number[] = [];
  for (let round = smoke ? 0 : -WARM_UP; round < (smoke ? 1 : ROUNDS); round++) {
    const ms = await time(runs, crowd.steps);
    if (round >= 0) perSecond.push(((crowd.unit === "runs/s" ? runs : runs * crowd.steps) / ms) * 1_000);
  }
  return median(perSecond);
}

/** The same rows written to a store by a hundred callers, without an engine. */
async function rowRates({ folder, smoke }: CaseOptions): Promise<number[]> {
  const store = await openSqliteStore({ path: join(folder, "rows.db") });
  const rates: number[] = [];
  for (const crowd of crowds)
    rates.push(await rate(crowd, smoke, (runs, steps) => timedRows(store, runs, steps)));
  await store.close();
  return rates;
}

async function engineRates(smoke: boolean, folder: string | undefined, how: Submission): Promise<number[]> {
  const bench = await openWorkbench(folder);
  const rates: number[] = [];
  for (const crowd of crowds)
    rates.push(await rate(crowd, smoke, (runs, steps) => timedCrowd(bench, runs, steps, how)));
  await bench.close();
  return rates;
}

export function title({ runs, steps }: Crowd, what: string): string {
  return `${runs.toLocaleString("en-US")} runs of ${steps === 1 ? "1 step" : `${steps} steps`}, ${what}`;
}

async function measure(options: CaseOptions, how: Submission): Promise<Figure[]> {
  const engine = await engineRates(options.smoke, options.folder, how);
  const rows = await rowRates(options);
  return crowds.map((crowd, i) => ({
    name: title(crowd, `sent ${how}`),
    value: engine[i] ?? 0,
    unit: crowd.unit,
    better: "more",
    limit: { name: "their rows, no engine", value: rows[i] ?? 0 },
    ...(crowd.aim === undefined ? {} : { aim: crowd.aim }),
    ...(crowd.peer === undefined ? {} : { peer: crowd.peer }),
    goal: crowd.goal,
  }));
}

/** Many runs at once: group commit shares the disk, so the processor is the limit. */
export const crowd: Case = { name: "crowd", run: (options) => measure(options, "one by one") };

export const crowdInBatches: Case = {
  name: "crowd-in-batches",
  run: (options) => measure(options, "in batches"),
};

/** What the engine and the SDK cost by themselves. */
export const crowdInMemory: Case = {
  name: "crowd-in-memory",
  async run({ smoke }) {
    const rates = await engineRates(smoke, undefined, "one by one");
    return crowds.map((crowd, i) => ({
      name: title(crowd, "memory store"),
      value: rates[i] ?? 0,
      unit: crowd.unit,
      better: "more",
    }));
  },
};
