import { describe, expect, it } from "vitest";
import { Inngest } from "../../src/client/client.ts";
import { NonRetriableError } from "../../src/errors/non-retriable-error.ts";
import { createDefer } from "../../src/experimental.ts";
import { Endpoint } from "../../src/serve/endpoint.ts";
import { requestOf } from "./endpoint-driver.ts";
import { RecordedApi } from "./recorded-api.ts";
import { callBody } from "./shop.ts";

const path = "/v1/checkpoint/01JRUN/async";
const withCheckpoints = callBody({ fn_id: "F1", qi_id: "Q1" });
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A function that charges, defers a refund, and then goes on as told, called with checkpoints that all fail. */
async function answerOf(
  then: "sleeps" | "runs on" | "ends" | "throws" | "fails" | "throws after a step",
  body = withCheckpoints,
) {
  const api = new RecordedApi();
  api.answer(path, { status: 500 });
  const fetch = api.fetch as typeof globalThis.fetch;
  const client = new Inngest({ id: "shop", isDev: true, logger: silent, fetch, baseUrl: "http://api.test" });
  const refund = createDefer(client, { id: "refund" }, async () => {});
  const order = client.createFunction(
    { id: "order", triggers: { event: "placed" } },
    async ({ step, defer }) => {
      defer("refund", { function: refund, data: { charge: "c1" } });
      if (then === "sleeps") await step.sleep("rest", "1h");
      if (then === "runs on") await step.run("ship", () => "shipped");
      if (then === "throws after a step") await step.run("charge", () => "charged");
      if (then.startsWith("throws")) throw new Error("out of stock");
      if (then === "fails") throw new NonRetriableError("never in stock");
      return "done";
    },
  );
  const endpoint = new Endpoint({
    client,
    functions: [order, refund],
    frameworkName: "test",
    nowMs: () => 1_000,
    sleep: async () => {},
  });
  const asked = requestOf({ method: "POST", query: "?fnId=shop-order&stepId=step", body });
  const { status, body: text } = await endpoint.handle(asked);
  return { status, ops: JSON.parse(text) as { op: string; opts?: unknown }[], saves: api.requests.length };
}

describe("a defer whose checkpoint fails", () => {
  it.each(["sleeps", "runs on", "ends", "throws", "fails"] as const)(
    "goes along with the call's answer: the function %s",
    async (then) => {
      const { ops } = await answerOf(then);
      expect(ops).toContainEqual(expect.objectContaining({ op: "DeferAdd" }));
    },
  );
});

describe("a step whose checkpoint fails", () => {
  it("goes along with the failure of the function, so that it does not run again", async () => {
    const { ops } = await answerOf("throws after a step");
    expect(ops.map(({ op }) => op)).toEqual(["DeferAdd", "StepRun", "StepError"]);
  });
});

describe("a defer where nothing is checkpointed", () => {
  it.each(["sleeps", "runs on", "ends", "throws", "fails"] as const)(
    "goes along with the call's answer: the function %s",
    async (then) => {
      const { ops, saves } = await answerOf(then, callBody());
      expect(saves).toBe(0);
      expect(ops).toContainEqual(expect.objectContaining({ op: "DeferAdd" }));
    },
  );
});
