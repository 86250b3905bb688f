import type { Case } from "../case.ts";
import { median } from "../statistics.ts";
import { openWorkbench, timedChain } from "../workbench.ts";

const EDGE = 100;

/** A run of many steps: the last ones must cost what the first ones did. */
export const longRun: Case = {
  name: "long-run",
  async run({ folder, smoke }) {
    const bench = await openWorkbench(folder);
    await timedChain(bench, EDGE);
    const n = smoke ? 400 : 10_000;
    const first: number[] = [];
    const last: number[] = [];
    for (let round = 0; round < (smoke ? 1 : 3); round++) {
      const times = await timedChain(bench, n);
      first.push(((times[EDGE] ?? 0) - (times[0] ?? 0)) / EDGE);
      last.push(((times[n] ?? 0) - (times[n - EDGE] ?? 0)) / EDGE);
    }
    await bench.close();
    const limit = { name: `its first ${EDGE}`, value: median(first) };
    return [
      {
        name: `1 run of ${n} steps: a step of the last ${EDGE}`,
        value: median(last),
        unit: "ms",
        better: "less",
        limit,
        goal: 1.25,
        goalIsRatio: true,
      },
    ];
  },
};
