import { setTimeout as pause } from "node:timers/promises";
import type { Case } from "../case.ts";
import { DiskProbe } from "../disk.ts";
import { median, percentile } from "../statistics.ts";
import { openWorkbench, timedChain, timedCrowd } from "../workbench.ts";

const REST_MS = 2;
const WARM_UP_RUNS = 10_000;

async function restedAppends(folder: string, count: number): Promise<number[]> {
  const probe = new DiskProbe(folder);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    times.push(probe.append());
    await pause(REST_MS);
  }
  probe.close();
  return times;
}

/**
 * From sending an event to the durable end of its run of one step, one at a time on an engine at rest. The disk is asked
 * afterwards, with the same rests: it takes longer than a busy one.
 */
export const latency: Case = {
  name: "latency",
  async run({ folder, smoke }) {
    const bench = await openWorkbench(folder);
    const rounds = smoke ? 10 : 500;
    const times: number[] = [];
    // An engine that has been up for a while: the compiler is done.
    await timedCrowd(bench, smoke ? 100 : WARM_UP_RUNS, 1, "one by one");
    for (let round = 0; round < rounds; round++) {
      const [from = 0, ...rest] = await timedChain(bench, 1);
      times.push((rest.at(-1) ?? 0) - from);
      await pause(REST_MS);
    }
    await bench.close();
    const disk = await restedAppends(folder, rounds);
    return [
      {
        name: "event to result at rest, p50",
        value: median(times),
        unit: "ms",
        better: "less",
        limit: { name: "two appends + fdatasync, p50", value: 2 * median(disk) },
        goal: 1.5,
        peer: 3.3,
      },
      {
        name: "event to result at rest, p99",
        value: percentile(times, 0.99),
        unit: "ms",
        better: "less",
        limit: { name: "two appends + fdatasync, p99", value: 2 * percentile(disk, 0.99) },
        peer: 9.2,
      },
    ];
  },
};
