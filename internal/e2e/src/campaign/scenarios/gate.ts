import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

/** Runs that wait for an event from outside, `opened`, whose `data.key` says which gate: some until it comes, some not for long. */
export function gate({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "gate", retries: retries(2), triggers: [{ event: eventName("gate") }] },
    async ({ event, step, runId }) => {
      const task = tasks(step, runId);
      const before = await task("before");
      const opened = await step.waitForEvent("opened", {
        event: eventName("opened"),
        if: "event.data.key == async.data.key",
        timeout: String(event.data.timeout),
      });
      const after = await task("after", { failures: 1 });
      return { before, opened, after };
    },
  );
  return {
    event: eventName("gate"),
    data: (dice) => ({ timeout: dice.pick(["30d", "30d", "40ms"]) }),
    functions: [fn],
    starts: { [eventName("gate")]: [slug("gate")], [eventName("opened")]: [] },
    order: { [slug("gate")]: [["before"], ["after"]] },
    outcomes: { [slug("gate")]: () => ({ status: "COMPLETED", seen: ["before", "opened", "after"] }) },
  };
}
