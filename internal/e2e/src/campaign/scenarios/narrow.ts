import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

const LIMIT = 2;
const STEPS = ["in", "inside", "out"];

/** More runs than may be at work at once. */
export function narrow({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "narrow", retries: retries(1), concurrency: LIMIT, triggers: [{ event: eventName("narrow") }] },
    async ({ step, runId }) => {
      const task = tasks(step, runId);
      const results: Record<string, string> = {};
      for (const name of STEPS) results[name] = await task(name, { pauseMs: 10 });
      return results;
    },
  );
  return {
    event: eventName("narrow"),
    data: () => ({}),
    functions: [fn],
    starts: { [eventName("narrow")]: [slug("narrow")] },
    order: { [slug("narrow")]: STEPS.map((name) => [name]) },
    lanes: { [slug("narrow")]: LIMIT },
    outcomes: { [slug("narrow")]: () => ({ status: "COMPLETED", seen: STEPS }) },
  };
}
