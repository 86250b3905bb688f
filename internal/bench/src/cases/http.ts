import type { Case, CaseOptions } from "../case.ts";
import type { Figure } from "../figure.ts";
import { type HttpStage, openHttpStage } from "../http-stage.ts";
import { median } from "../statistics.ts";

/** An SDK that is called once a step goes over all earlier ones each time. */
const LENGTHS = [10, 50];
const ROUNDS = 20;
const RUNS = 2_000;
const WARM_UP_RUNS = 400;
const AT_ONCE = 100;
const TRIPS = 100;
const PUBLISHED = "inngest-official";

interface Sizes {
  rounds: number;
  runs: number;
  warmUp: number;
}

const less = { unit: "ms", better: "less" } as const;
const more = { unit: "runs/s", better: "more" } as const;

/** A run alone, with a server and without one, in turn: what else the machine does meets both. */
async function alone(stage: HttpStage, who: string, steps: number, rounds: number): Promise<Figure[]> {
  const trips: number[] = [];
  const bare: number[] = [];
  const plain: number[] = [];
  const added: number[] = [];
  const saved: number[] = [];
  for (let round = 0; round < rounds; round++) {
    trips.push(median(await stage.bare.roundTrips(TRIPS)));
    const floor = (await stage.bare.timedRun(steps)) / steps;
    const step = (await stage.runs("plain", steps, 1)).ms / steps;
    bare.push(floor);
    plain.push(step);
    added.push(step - floor);
    saved.push((await stage.runs("checkpointed", steps, 1)).ms / steps);
  }
  const limit = { name: "a loopback round trip, p50", value: median(trips) };
  const figure = (name: string, values: number[]) => ({ ...less, name, value: median(values), limit });
  const name = `${who}, a run of ${steps} steps`;
  return [
    figure(`${name}, a request a step: a step, p50`, plain),
    figure("the same requests, made by nobody's server", bare),
    { ...figure("what the server adds", added), aim: 3, goalIsRatio: true },
    figure(`${name}, with checkpointing: a step, p50`, saved),
  ];
}

/** Many runs of one step: how many there are a second, and which process takes what of the two cores. */
async function crowd(stage: HttpStage, who: string, runs: number): Promise<Figure[]> {
  const bare = await stage.spent(() => stage.bare.timedCrowd(runs, AT_ONCE));
  const plain = await stage.runs("plain", 1, runs);
  const saved = await stage.runs("checkpointed", 1, runs);
  const perSecond = ({ ms }: { ms: number }) => (runs / ms) * 1_000;
  const from = (ms: number) => ({ name: "made by nobody's server", value: ms });
  return [
    {
      ...more,
      name: `${who}: runs of 1 step, a request a step`,
      value: perSecond(plain),
      limit: from(perSecond(bare)),
      aim: 2_000,
    },
    {
      ...less,
      name: "the same, processor time of the app, a run",
      value: plain.appMs / runs,
      limit: from(bare.appMs / runs),
    },
    {
      ...less,
      name: "the same, processor time of the server, a run",
      value: plain.serverMs / runs,
      limit: from(bare.serverMs / runs),
    },
    { ...more, name: `${who}: runs of 1 step, with checkpointing`, value: perSecond(saved) },
  ];
}

async function figuresOf(sdk: string, { folder, smoke }: CaseOptions): Promise<Figure[]> {
  const sizes: Sizes = smoke
    ? { rounds: 1, runs: 20, warmUp: 10 }
    : { rounds: ROUNDS, runs: RUNS, warmUp: WARM_UP_RUNS };
  const who = sdk === PUBLISHED ? "inngest 4.24.0" : sdk;
  const stage = await openHttpStage(folder, sdk);
  const figures: Figure[] = [];
  try {
    // The compiler is done by then.
    await stage.runs("plain", 1, sizes.warmUp);
    await stage.runs("checkpointed", 5, sizes.warmUp);
    await stage.bare.timedCrowd(sizes.warmUp, AT_ONCE);
    for (const steps of LENGTHS) figures.push(...(await alone(stage, who, steps, sizes.rounds)));
    figures.push(...(await crowd(stage, who, sizes.runs)));
  } finally {
    await stage.close();
  }
  return figures;
}

/** An app of either SDK over HTTP: what a step costs, and how many runs there are a second. */
export const http: Case = {
  name: "http",
  async run(options) {
    return [...(await figuresOf(PUBLISHED, options)), ...(await figuresOf("stepfast", options))];
  },
};
