import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

/** A run that invokes others: one that succeeds, one that fails for good, side by side. */
export function family({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const child = client.createFunction(
    { id: "child", retries: retries(1), triggers: [] },
    async ({ event, step, runId }) => {
      const task = tasks(step, runId);
      const learn = await task("learn");
      await step.sleep("nap", 5);
      const grow = await task("grow", { failures: event.data.fails ? 99 : 1 });
      return { learn, grow };
    },
  );
  const parent = client.createFunction(
    { id: "parent", retries: retries(1), triggers: [{ event: eventName("family") }] },
    async ({ step, runId }) => {
      const task = tasks(step, runId);
      const before = await task("before");
      const [good, bad] = await Promise.all([
        step.invoke("good", { function: child, data: { fails: false } }),
        step
          .invoke("bad", { function: child, data: { fails: true } })
          .catch((error) => ({ failed: (error as Error).message })),
      ]);
      const after = await task("after");
      return { before, good, bad, after };
    },
  );
  return {
    event: eventName("family"),
    data: () => ({}),
    functions: [parent, child],
    starts: { [eventName("family")]: [slug("parent")] },
    order: { [slug("parent")]: [["before"], ["after"]], [slug("child")]: [["learn"], ["grow"]] },
    outcomes: {
      [slug("parent")]: () => ({
        status: "COMPLETED",
        seen: ["before", "good", "bad", "after"],
        children: { [slug("child")]: 2 },
      }),
      [slug("child")]: (data) =>
        data.fails
          ? { status: "FAILED", failedBy: "grow" }
          : { status: "COMPLETED", seen: ["learn", "grow"] },
    },
  };
}
