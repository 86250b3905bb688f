import type { Store } from "@stepfast/store";
import type { Fault } from "./node-link.ts";
import { type Limits, World } from "./world.ts";

const AHEAD = 270;

/** Of two functions that share a gate one states the smaller limit; the rules of a third cross. */
const functions: Limits[] = [
  { id: "app-a", concurrency: { limit: 1, scope: "env", key: '"all"' } },
  { id: "app-b", triggers: [{ event: "come" }], concurrency: { limit: 2, scope: "env", key: '"all"' } },
  {
    id: "app-c",
    triggers: [{ event: "cross" }],
    concurrency: [
      { limit: 1, key: "event.data.user" },
      { limit: 1, key: "event.data.model" },
    ],
  },
];

interface DeepOptions {
  store?: Store;
  openStore?: () => Promise<Store>;
  nodes?: number;
  /** From the moment on at which places become free: which fault the n-th commit has. */
  fault?: { n: number; fault: Fault };
}

/**
 * Behind 270 runs that are blocked one waits at either gate that is not, as soon as a holder ends. Returns what was wrong: the world is
 * looked at at every instant for a place that is empty beside a run that could have it.
 */
export async function deepWorld({ store, openStore, nodes = 1, fault }: DeepOptions): Promise<string[]> {
  const world = new World(functions, store, openStore);
  try {
    for (let no = 0; no < nodes; no++) await world.startNode();
    const send = async (name: string, ...list: Record<string, string | number>[]) => {
      const engine = await world.someNode();
      void engine.send(list.map((data) => ({ name, data: { plan: "", ...data } })));
      await world.rest();
    };
    const many = (data: Record<string, string | number>) => Array.from({ length: AHEAD }, () => data);
    await send("go", { ms: 200_000 });
    await send("come", { ms: 1_000 });
    await send("go", ...many({ ms: 10 }));
    await send("come", { ms: 10 });
    await send("cross", { user: "ann", model: "x", ms: 1_000 }, { user: "bob", model: "y", ms: 200_000 });
    await send("cross", ...many({ user: "ann", model: "y", ms: 10 }), { user: "ann", model: "z", ms: 10 });
    await world.look();
    if (fault) world.faults.set(world.commits + fault.n, fault.fault);
    for (const untilMs of fault ? [500, 3_000, 40_000] : [3_000]) {
      await world.run(world.clock.now() + untilMs, () => world.isDead);
      await world.someNode();
    }
    await world.look();
    const left = (await world.allRuns()).filter(({ gate, functionId }) => gate && functionId === "app-b");
    if (left.length > 0) world.problems.push(`${left.length} of app-b wait behind those of app-a`);
    return world.problems.slice(0, 3);
  } finally {
    await world.close();
  }
}
