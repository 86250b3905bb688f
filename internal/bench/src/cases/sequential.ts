import type { Case } from "../case.ts";
import { appendTimes } from "../disk.ts";
import { median, percentile } from "../statistics.ts";
import { openWorkbench, timedChain } from "../workbench.ts";

const STEPS = 100;

/** One run of steps one after the other: each costs one commit, so the disk is the limit. */
export const sequential: Case = {
  name: "sequential",
  async run({ folder, smoke }) {
    const bench = await openWorkbench(folder);
    const perStep: number[] = [];
    const perRun: number[] = [];
    const disk: number[] = [];
    for (let round = 0; round < (smoke ? 1 : 15); round++) {
      disk.push(...appendTimes(folder, STEPS));
      const times = await timedChain(bench, STEPS);
      const from = times[0] ?? 0;
      perRun.push(((times.at(-1) ?? 0) - from) / STEPS);
      for (let i = 2; i <= STEPS; i++) perStep.push((times[i] ?? 0) - (times[i - 1] ?? 0));
    }
    await bench.close();
    const limit = { name: "append 4 KiB + fdatasync, p50", value: median(disk) };
    return [
      {
        name: `1 run of ${STEPS} steps: a step, p50`,
        value: median(perStep),
        unit: "ms",
        better: "less",
        limit,
        goal: 2.5,
        aim: 1.5,
        goalIsRatio: true,
      },
      { name: "the same, p99", value: percentile(perStep, 0.99), unit: "ms", better: "less" },
      {
        name: `1 run of ${STEPS} steps: event to end, a step`,
        value: median(perRun),
        unit: "ms",
        better: "less",
        limit,
        peer: 0.85,
      },
    ];
  },
};
