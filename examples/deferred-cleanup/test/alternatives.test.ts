import { Stage } from "@stepfast-examples/stage";
import type { Context } from "inngest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refundPayment } from "../src/cleanup.ts";
import { inngest } from "../src/client.ts";
import { services, shipping, stripe } from "../src/services.ts";

/*
 * What the document says of the other ways to clean up.
 */

const order = { total: 10, paymentSource: "tok_3" };
const allocation = { sku: "hat", quantity: 1, shelf: "A1" };

const received: unknown[] = [];
let passes = 0;
let isCleanupBroken = false;

async function chargeAndShip(step: Context["step"]): Promise<void> {
  await step.run("charge-card", () =>
    stripe.charges.create({ amount: order.total, currency: "usd", source: order.paymentSource }),
  );
  await step.run("create-shipment", () => shipping.createLabel({ city: "Rome" }, allocation));
}

const withHandler = inngest.createFunction(
  {
    id: "with-handler",
    triggers: { event: "handler/order" },
    onFailure: async ({ event, error }) => {
      received.push({ data: event.data, message: error.message });
    },
  },
  async ({ step }) => chargeAndShip(step),
);

const withCatch = inngest.createFunction(
  { id: "with-catch", triggers: { event: "catch/order" } },
  async ({ step }) => {
    passes++;
    try {
      await chargeAndShip(step);
    } catch {
      if (isCleanupBroken) throw new Error("the cleanup is broken");
      return "cleaned up";
    }
  },
);

const withEvents = inngest.createFunction(
  { id: "with-events", triggers: { event: "events/order" } },
  async ({ step }) => {
    try {
      await chargeAndShip(step);
    } catch (error) {
      await step.sendEvent("ask-for-refund", { name: "refund/asked", data: { charge: "ch_tok_3" } });
      throw error;
    }
  },
);

const refundOnEvent = inngest.createFunction(
  { id: "refund-on-event", triggers: { event: "refund/asked" } },
  async ({ event, step }) => {
    await step.run("refund", () => stripe.refunds.create({ charge: event.data.charge, amount: order.total }));
  },
);

// The cleanup's data is typed by its schema.
inngest.createFunction({ id: "typed", triggers: { event: "typed/order" } }, async ({ defer }) => {
  defer("refund", { function: refundPayment, data: { chargeId: "ch_1", amount: 1 } });
  // @ts-expect-error: the amount is a number.
  defer("refund-text", { function: refundPayment, data: { chargeId: "ch_1", amount: "1" } });
  // @ts-expect-error: the amount is missing.
  defer("refund-nothing", { function: refundPayment, data: { chargeId: "ch_1" } });
});

let stage: Stage;

beforeEach(async () => {
  for (const service of services) service.reset();
  received.length = 0;
  passes = 0;
  isCleanupBroken = false;
  shipping.createLabel.fail();
  const functions = [withHandler, withCatch, withEvents, refundOnEvent];
  stage = await Stage.open({ client: inngest, functions });
});

afterEach(() => stage.close());

async function placed(name: string, functionId: string) {
  await inngest.send({ name, data: order });
  const { id } = await stage.theRun(functionId);
  return stage.finish(id);
}

test("an onFailure handler receives the error and the original event, and nothing of the steps", async () => {
  const run = await placed("handler/order", "shop-with-handler");
  expect(run.status).toBe("FAILED");
  const handler = await stage.theRun("shop-with-handler-failure");
  expect((await stage.ended(handler.id)).status).toBe("COMPLETED");

  const original = expect.objectContaining({ name: "handler/order", data: order });
  expect(received).toEqual([
    {
      message: "shipping.createLabel is out of order",
      data: {
        error: expect.objectContaining({ message: "shipping.createLabel is out of order" }),
        event: original,
        events: [original],
        function_id: "shop-with-handler",
        run_id: run.id,
      },
    },
  ]);
  expect(JSON.stringify(received)).not.toContain("ch_tok_3");
});

test("a cleanup that is caught in the function itself runs within it", async () => {
  expect(await placed("catch/order", "shop-with-catch")).toMatchObject({
    status: "COMPLETED",
    output: "cleaned up",
  });
});

test("if that cleanup fails, the whole run fails after it was tried again from the beginning", async () => {
  isCleanupBroken = true;

  const run = await placed("catch/order", "shop-with-catch");

  expect(run).toMatchObject({ status: "FAILED", output: { message: "the cleanup is broken" } });
  expect(passes).toBeGreaterThanOrEqual(5);
  expect(stripe.charges.create.calls).toHaveLength(1);
});

test("an event may ask a separate function to clean up; the two runs are not linked", async () => {
  const run = await placed("events/order", "shop-with-events");
  const refund = await stage.theRun("shop-refund-on-event");

  expect(run.status).toBe("FAILED");
  expect((await stage.finish(refund.id)).status).toBe("COMPLETED");
  expect(stripe.refunds.create.done).toEqual([[{ charge: "ch_tok_3", amount: 10 }]]);
  expect(refund.parent).toBeNull();
});
