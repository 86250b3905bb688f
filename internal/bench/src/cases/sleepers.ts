import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Case } from "../case.ts";
import { collectGarbage, memoryMib } from "../memory.ts";
import { openWorkbench, timedCrowd, type Workbench } from "../workbench.ts";

const BATCH = 1_000;
const RESTART = fileURLToPath(new URL("../restart.js", import.meta.url));

async function putToSleep(bench: Workbench, count: number): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) {
    const batch = Math.min(left, BATCH);
    const parked = bench.watch.parks(batch);
    await bench.client.send(new Array(batch).fill({ name: "bench/sleep", data: {} }));
    await parked;
  }
}

/** Runs that sleep must cost no memory, and not hold a start up. */
export const sleepers: Case = {
  name: "sleepers",
  async run({ folder, smoke }) {
    const count = smoke ? 1_000 : 100_000;
    const bench = await openWorkbench(folder);
    await timedCrowd(bench, BATCH, 3, "in batches");
    await collectGarbage();
    const before = memoryMib();
    const begunAt = performance.now();
    await putToSleep(bench, count);
    const seconds = (performance.now() - begunAt) / 1_000;
    await pause(smoke ? 0 : 1_000);
    await collectGarbage();
    const after = memoryMib();
    await bench.close();
    const restart = spawnSync(process.execPath, [RESTART, folder], { encoding: "utf8" });
    const name = `${count} sleeping runs`;
    return [
      {
        name: `${name}: memory they add`,
        value: after.resident - before.resident,
        unit: "MiB",
        better: "less",
        goal: 100,
      },
      {
        name: `${name}: JavaScript heap they add`,
        value: after.heap - before.heap,
        unit: "MiB",
        better: "less",
      },
      { name: `${name}: put to sleep`, value: count / seconds, unit: "runs/s", better: "more" },
      {
        name: `${name}: start of a process that has them`,
        value: Number(restart.stdout),
        unit: "ms",
        better: "less",
      },
    ];
  },
};
