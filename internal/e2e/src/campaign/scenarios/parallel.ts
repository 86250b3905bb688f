import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

interface Data {
  /** Which of the branches fails at first. */
  flaky: number;
  hopeless: boolean;
}

const BRANCHES = ["p0", "p1", "p2", "p3"];

/** Steps side by side: slow, failing, hopeless ones, and one behind a sleep; then a step that joins them. */
export function parallel({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "parallel", retries: retries(1), triggers: [{ event: eventName("parallel") }] },
    async ({ event, step, runId }) => {
      const { flaky, hopeless } = event.data as Data;
      const task = tasks(step, runId);
      const afterNap = async () => {
        await step.sleep("nap", 15);
        return task("after-nap");
      };
      const fallible = task("fallible", { failures: hopeless ? 99 : 0 }).catch((error: Error) => ({
        failed: error.message,
      }));
      const branches = BRANCHES.map((name, i) =>
        task(name, { failures: i === flaky ? 1 : 0, pauseMs: i * 4 }),
      );
      const [rest, late, ...done] = await Promise.all([fallible, afterNap(), ...branches]);
      const join = await task("join");
      const results = Object.fromEntries(BRANCHES.map((name, i) => [name, done[i]]));
      return { ...results, fallible: rest, "after-nap": late, join };
    },
  );
  return {
    event: eventName("parallel"),
    data: (dice) => ({ flaky: dice.between(-1, BRANCHES.length - 1), hopeless: dice.chance(0.3) }),
    functions: [fn],
    starts: { [eventName("parallel")]: [slug("parallel")] },
    order: { [slug("parallel")]: [[...BRANCHES, "fallible", "after-nap"], ["join"]] },
    outcomes: {
      [slug("parallel")]: () => ({
        status: "COMPLETED",
        seen: [...BRANCHES, "fallible", "after-nap", "join"],
      }),
    },
  };
}
