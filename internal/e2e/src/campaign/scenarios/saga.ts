import { createDefer } from "stepfast/experimental";
import type { Outcome, Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

const FATES = ["shipped", "kept", "lost"] as const;

/** Deferred cleanup: cancelled after a success, run exactly once after a failure, with a failure handler beside it. */
export function saga({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const release = createDefer(client, { id: "release", retries: retries(2) }, async ({ step, runId }) => {
    const undo = await tasks(step, runId)("undo", { failures: 1 });
    return { undo };
  });
  const refund = createDefer(client, { id: "refund", retries: retries(2) }, async ({ step, runId }) => {
    const undo = await tasks(step, runId)("undo", { pauseMs: 4 });
    return { undo };
  });
  const order = client.createFunction(
    {
      id: "order",
      retries: retries(1),
      triggers: [{ event: eventName("saga") }],
      onFailure: async ({ step, runId }) => ({ mourn: await tasks(step, runId)("mourn") }),
    },
    async ({ event, step, runId, defer }) => {
      const task = tasks(step, runId);
      const reserve = await task("reserve");
      const held = defer("release", { function: release, data: {} });
      const pay = await task("pay", { pauseMs: 2 });
      const paid = defer("refund", { function: refund, data: {} });
      const ship = await task("ship", { failures: event.data.fate === "lost" ? 99 : 0 });
      paid.cancel();
      if (event.data.fate === "shipped") held.cancel();
      const thank = await task("thank");
      return { reserve, pay, ship, thank };
    },
  );
  return {
    event: eventName("saga"),
    data: (dice) => ({ fate: dice.pick(FATES) }),
    functions: [order, release, refund],
    starts: { [eventName("saga")]: [slug("order")] },
    order: { [slug("order")]: [["reserve"], ["pay"], ["ship"], ["thank"]] },
    outcomes: {
      [slug("order")]: (data) => fateOf(String(data.fate), slug),
      [slug("order-failure")]: () => ({ status: "COMPLETED", seen: ["mourn"] }),
      [slug("release")]: () => ({ status: "COMPLETED", seen: ["undo"] }),
      [slug("refund")]: () => ({ status: "COMPLETED", seen: ["undo"] }),
    },
  };
}

function fateOf(fate: string, slug: Workshop["slug"]): Outcome {
  const seen = ["reserve", "pay", "ship", "thank"];
  if (fate === "shipped") return { status: "COMPLETED", seen };
  if (fate === "kept") return { status: "COMPLETED", seen, children: { [slug("release")]: 1 } };
  const children = { [slug("release")]: 1, [slug("refund")]: 1 };
  return { status: "FAILED", failedBy: "ship", children };
}
