import { NonRetriableError } from "stepfast";
import type { Outcome, Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

const STEPS = ["book", "charge", "ship"];

/** Steps that are undone, the last one first, unless the run comes to a good end; the driver cancels some in the middle. */
export function undoing({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "undoing", retries: retries(1), triggers: [{ event: eventName("undoing") }] },
    async ({ event, step, runId }) => {
      const task = tasks(step, runId);
      const results: Record<string, string> = {};
      for (const name of STEPS) {
        results[name] = await task(name, { isUndone: true, pauseMs: 3 });
        if (event.data.failsAfter === name) throw new NonRetriableError(`fails after ${name}`);
        await step.sleep(`after-${name}`, 5);
      }
      return results;
    },
  );
  const cancelled: Outcome = { status: "CANCELLED" };
  return {
    event: eventName("undoing"),
    data: (dice) => ({ failsAfter: dice.pick([...STEPS, "all", "all"]) }),
    functions: [fn],
    starts: { [eventName("undoing")]: [slug("undoing")] },
    order: { [slug("undoing")]: STEPS.map((name) => [name]) },
    undoes: { [slug("undoing")]: STEPS },
    outcomes: {
      [slug("undoing")]: (data) =>
        data.failsAfter === "all"
          ? [{ status: "COMPLETED", seen: STEPS }, cancelled]
          : [{ status: "FAILED" }, cancelled],
    },
  };
}
