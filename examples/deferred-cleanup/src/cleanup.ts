// biome-ignore-all format: the code is as the document prints it.
import { createDefer } from "inngest/experimental";
import { z } from "zod";
import { inngest } from "./client.ts";
import { inventory, stripe } from "./services.ts";

const refundPayment = createDefer(inngest, {
  id: "refund-payment",
  schema: z.object({ chargeId: z.string(), amount: z.number() }),
}, async ({ event, step }) => {
  await step.run("issue-refund", async () => {
    await stripe.refunds.create({
      charge: event.data.chargeId,
      amount: event.data.amount,
    });
  });
});

const releaseInventory = createDefer(inngest, {
  id: "release-inventory",
  schema: z.object({ sku: z.string(), quantity: z.number() }),
}, async ({ event, step }) => {
  await step.run("release-stock", async () => {
    await inventory.release(event.data.sku, event.data.quantity);
  });
});

export { refundPayment, releaseInventory };
