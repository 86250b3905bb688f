import type { Case } from "../case.ts";
import { median } from "../statistics.ts";
import { openWorkbench } from "../workbench.ts";

/** One run that fans out. */
export const parallel: Case = {
  name: "parallel",
  async run({ folder, smoke }) {
    const bench = await openWorkbench(folder);
    const n = smoke ? 50 : 1_000;
    const times: number[] = [];
    for (let round = 0; round < (smoke ? 1 : 15); round++) {
      const begunAt = performance.now();
      const ended = bench.watch.ends(1);
      await bench.client.send({ name: "bench/fan", data: { n } });
      await ended;
      times.push(performance.now() - begunAt);
    }
    await bench.close();
    return [
      {
        name: `1 run of ${n} parallel steps`,
        value: median(times),
        unit: "ms",
        better: "less",
        goal: 100,
        peer: 529,
      },
    ];
  },
};
