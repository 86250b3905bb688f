import type { Scenario } from "../scenario.ts";
import { slug } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

export const GATE = "work/gate";

/** The driver opens a gate by this event; `data.key` says which. */
export const OPENING = "work/opened";

/** Runs that wait for an event from outside: some until it comes, some not for long. */
export function gate({ client, tasks }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "gate", retries: 2, triggers: [{ event: GATE }] },
    async ({ event, step, runId }) => {
      const task = tasks(step, runId);
      const before = await task("before");
      const opened = await step.waitForEvent("opened", {
        event: OPENING,
        if: "event.data.key == async.data.key",
        timeout: String(event.data.timeout),
      });
      const after = await task("after", { failures: 1 });
      return { before, opened, after };
    },
  );
  return {
    event: GATE,
    data: (dice) => ({ timeout: dice.pick(["30d", "30d", "40ms"]) }),
    functions: [fn],
    starts: { [GATE]: [slug("gate")], [OPENING]: [] },
    order: { [slug("gate")]: [["before"], ["after"]] },
    outcomes: { [slug("gate")]: () => ({ status: "COMPLETED", seen: ["before", "opened", "after"] }) },
  };
}
