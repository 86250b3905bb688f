import type { Outcome, Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

const STEPS = Array.from({ length: 60 }, (_, i) => `s${i}`);

/** A long run of short steps, for the driver to cancel in the middle. */
export function marathon({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "marathon", retries: retries(1), triggers: [{ event: eventName("marathon") }] },
    async ({ step, runId }) => {
      const task = tasks(step, runId);
      const results: Record<string, string> = {};
      for (const name of STEPS) results[name] = await task(name, { pauseMs: 2 });
      return results;
    },
  );
  const outcomes: Outcome[] = [{ status: "COMPLETED", seen: STEPS }, { status: "CANCELLED" }];
  return {
    event: eventName("marathon"),
    data: () => ({}),
    functions: [fn],
    starts: { [eventName("marathon")]: [slug("marathon")] },
    order: { [slug("marathon")]: STEPS.map((name) => [name]) },
    outcomes: { [slug("marathon")]: () => outcomes },
  };
}
