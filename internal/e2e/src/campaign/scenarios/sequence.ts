import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

interface Data {
  failures: number;
  napMs: number;
  pauseMs: number;
}

/** Steps one after the other, one of them failing at first, with a sleep in between. */
export function sequence({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "sequence", retries: retries(2), triggers: [{ event: eventName("sequence") }] },
    async ({ event, step, runId }) => {
      const { failures, napMs, pauseMs } = event.data as Data;
      const task = tasks(step, runId);
      const first = await task("first");
      const flaky = await task("flaky", { failures });
      const second = await task("second", { pauseMs });
      await step.sleep("nap", napMs);
      const third = await task("third");
      const last = await task("last", { pauseMs });
      return { first, flaky, second, third, last };
    },
  );
  return {
    event: eventName("sequence"),
    data: (dice) => ({
      failures: dice.between(0, 2),
      napMs: dice.between(1, 60),
      pauseMs: dice.between(0, 8),
    }),
    functions: [fn],
    starts: { [eventName("sequence")]: [slug("sequence")] },
    order: { [slug("sequence")]: [["first"], ["flaky"], ["second"], ["third"], ["last"]] },
    outcomes: {
      [slug("sequence")]: () => ({
        status: "COMPLETED",
        seen: ["first", "flaky", "second", "third", "last"],
      }),
    },
  };
}
