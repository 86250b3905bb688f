import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

/** Sending goes to the store, which fails on purpose at times: that must not use up the attempts. */
const SEND_RETRIES = 20;

/** Runs that wait for a signal: one from outside, whose name is `data.key`, then one of their own. */
export function beacon({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const fn = client.createFunction(
    { id: "beacon", retries: retries(SEND_RETRIES), triggers: [{ event: eventName("beacon") }] },
    async ({ event, step, runId }) => {
      const task = tasks(step, runId);
      const before = await task("before");
      const signal = String(event.data.key);
      const lit = await step.waitForSignal("lit", { signal, timeout: "30d", onConflict: "fail" });
      const own = `${signal}-own`;
      const [echo] = await Promise.all([
        step.waitForSignal("echo", { signal: own, timeout: "30d", onConflict: "fail" }),
        // A second attempt finds nobody waiting if the first one arrived and its answer did not.
        step.sendSignal("call", { signal: own, data: { before } }).catch(() => null),
      ]);
      const after = await task("after");
      return { before, lit, echo, after };
    },
  );
  return {
    event: eventName("beacon"),
    data: () => ({}),
    functions: [fn],
    starts: { [eventName("beacon")]: [slug("beacon")] },
    order: { [slug("beacon")]: [["before"], ["after"]] },
    outcomes: { [slug("beacon")]: () => ({ status: "COMPLETED", seen: ["before", "lit", "echo", "after"] }) },
  };
}
