import { NonRetriableError } from "stepfast";
import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";

/** Sending goes to the store, which fails on purpose in some lives: that must not use up the attempts. */
const SEND_RETRIES = 20;

interface Data {
  key: string;
  nonce?: string;
}

/** A run asks with an event, another run answers with one: the answer must never be missed. */
export function handshake({ client, tasks, slug, eventName, retries }: Workshop): Scenario {
  const asking = client.createFunction(
    { id: "asking", retries: retries(SEND_RETRIES), triggers: [{ event: eventName("handshake") }] },
    async ({ event, step, runId }) => {
      const { key } = event.data as Data;
      const task = tasks(step, runId);
      const before = await task("before");
      const [answer] = await Promise.all([
        step.waitForEvent("answer", { event: eventName("answered"), match: "data.key", timeout: "30d" }),
        step.sendEvent("ask", { name: eventName("asked"), data: { key } }),
      ]);
      if (answer === null) throw new NonRetriableError("The answer was missed");
      const after = await task("after");
      return { before, answer, after };
    },
  );
  const answering = client.createFunction(
    { id: "answering", retries: retries(SEND_RETRIES), triggers: [{ event: eventName("asked") }] },
    async ({ event, step, runId }) => {
      const { key } = event.data as Data;
      const think = await tasks(step, runId)("think", { pauseMs: 2 });
      await step.sendEvent("reply", { name: eventName("answered"), data: { key, nonce: think } });
      return { think };
    },
  );
  return {
    event: eventName("handshake"),
    data: () => ({}),
    functions: [asking, answering],
    starts: {
      [eventName("handshake")]: [slug("asking")],
      [eventName("asked")]: [slug("answering")],
      [eventName("answered")]: [],
    },
    order: { [slug("asking")]: [["before"], ["after"]] },
    outcomes: {
      [slug("asking")]: () => ({ status: "COMPLETED", seen: ["before", "answer", "after"] }),
      [slug("answering")]: () => ({ status: "COMPLETED", seen: ["think"] }),
    },
  };
}
