import { describe, expect, it } from "vitest";
import type { Fault } from "./world/node-link.ts";
import { eventEnds, throttleOf } from "./world/trial.ts";
import { type Limits, World } from "./world/world.ts";

const FAULTS: Fault[] = (["die", "fail"] as const).flatMap((kind) =>
  (["before", "after"] as const).map((when) => ({ kind, when })),
);

const functions: Limits[] = [
  {
    id: "app-a",
    concurrency: [{ limit: 1, key: "event.data.user" }, { limit: 2 }],
    throttle: { limit: 3, period: "3s" },
    timeouts: { start: "5m" },
  },
  { id: "app-b", concurrency: { fn: [{ limit: 1 }] }, debounce: { period: "2s", key: "event.data.user" } },
  { id: "app-c", batchEvents: { maxSize: 3, timeout: "3s" }, concurrency: 1 },
  {
    id: "app-d",
    singleton: { mode: "cancel", key: "event.data.user" },
    rateLimit: { limit: 3, period: "10s" },
  },
];

/** Six events to all four functions; which fault the n-th commit has. Returns how many commits there were. */
async function play(n: number, fault: Fault): Promise<{ commits: number; problems: string[] }> {
  const world = new World(functions);
  world.faults.set(n, fault);
  await world.startNode();
  const sent = [];
  for (let no = 0; no < 6; no++) {
    const data = { plan: "step;nap;par 2", user: no % 2 === 0 ? "ann" : "bob", ms: 300 };
    // With its own id an event can be sent again when nobody knows what became of it.
    const event = { name: "go", id: `e${no}`, data };
    let id = await world.send(event);
    while (id === null) id = await world.send(event);
    sent.push({ id, name: "go" });
    await world.run(world.clock.now() + 700, () => world.isDead);
  }
  for (let minute = 0; minute < 10; minute++) {
    await world.someNode();
    await world.run(world.clock.now() + 60_000, () => world.isDead);
  }
  await world.look();
  const problems = [...world.problems, ...(await eventEnds(world, functions, sent))];
  problems.push(...world.watch.excesses((gate) => throttleOf(functions, gate)));
  await world.close();
  return { commits: world.commits, problems };
}

describe("limits, with a fault at one commit", () => {
  for (const fault of FAULTS) {
    it(`hold whichever it is that ${fault.kind}s ${fault.when} it is written`, async () => {
      const { commits } = await play(0, fault);
      for (let n = 2; n <= commits; n++) {
        const { problems } = await play(n, fault);
        expect(problems, `commit ${n} of ${commits}`).toEqual([]);
      }
    });
  }
});
