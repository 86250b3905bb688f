import type { Case, CaseOptions } from "../case.ts";
import { openConnected, roundTripMs } from "../connected.ts";
import type { Figure } from "../figure.ts";
import { median } from "../statistics.ts";

/** Few: an SDK that is called once a step goes over all earlier ones each time. */
const STEPS = 10;
const PUBLISHED = "inngest-official";

interface Way {
  sdk: string;
  checkpointing: boolean;
}

function nameOf({ sdk, checkpointing }: Way): string {
  const who = sdk === PUBLISHED ? "inngest 4.24.0" : sdk;
  return `connect, ${who}, ${checkpointing ? "checkpoints" : "a request a step"}`;
}

/** Of one worker of one SDK: a step of a run alone, and as many as it can do at once. */
async function figuresOf(way: Way, tripMs: number, { folder, smoke }: CaseOptions): Promise<Figure[]> {
  const bench = await openConnected(folder, way);
  // The compiler is done by then.
  await bench.runs(smoke ? 5 : 300, 10);
  const perStep: number[] = [];
  for (let round = 0; round < (smoke ? 1 : 100); round++) {
    perStep.push((await bench.runs(1, STEPS)).ms / STEPS);
  }
  const runs = smoke ? 20 : 2_000;
  const ofOne = await bench.runs(runs, 1);
  const chains = smoke ? 5 : 200;
  const ofTen = await bench.runs(chains, 10);
  await bench.close();
  const limit = { name: "WebSocket round trip, p50", value: tripMs };
  const name = nameOf(way);
  const aim = way.checkpointing ? {} : { aim: 3, goalIsRatio: true };
  return [
    {
      name: `${name}: a step of ${STEPS}, alone`,
      value: median(perStep),
      unit: "ms",
      better: "less",
      limit,
      ...aim,
    },
    { name: `${name}: runs of 1 step`, value: (runs / ofOne.ms) * 1_000, unit: "runs/s", better: "more" },
    {
      name: `${name}: ${chains} runs of 10 steps`,
      value: (chains * 10_000) / ofTen.ms,
      unit: "steps/s",
      better: "more",
    },
    {
      name: "the same, processor time of the worker, a step",
      value: ofTen.appMs / chains / STEPS,
      unit: "ms",
      better: "less",
    },
    {
      name: "the same, processor time of the server, a step",
      value: ofTen.serverMs / chains / STEPS,
      unit: "ms",
      better: "less",
    },
  ];
}

/** A worker in another process, over its WebSocket; everything on the same two cores. */
export const connect: Case = {
  name: "connect",
  async run(options) {
    const tripMs = await roundTripMs(options.smoke ? 100 : 5_000);
    const figures: Figure[] = [];
    for (const sdk of [PUBLISHED, "stepfast"]) {
      for (const checkpointing of [false, true]) {
        figures.push(...(await figuresOf({ sdk, checkpointing }, tripMs, options)));
      }
    }
    return figures;
  },
};
