// biome-ignore-all format: the code is as the document prints it.
import { refundPayment, releaseInventory } from "./cleanup.ts";
import { inngest } from "./client.ts";
import { inventory, shipping, stripe } from "./services.ts";

const processOrder = inngest.createFunction(
  { id: "process-order", triggers: { event: "order/placed" } },
  async ({ event, step, defer }) => {
    const charge = await step.run("charge-card", async () => {
      return await stripe.charges.create({
        amount: event.data.total,
        currency: "usd",
        source: event.data.paymentSource,
      });
    });

    // Register refund cleanup. Fires after the parent run ends.
    const refundHandle = defer("refund-if-failed", {
      function: refundPayment,
      data: { chargeId: charge.id, amount: charge.amount },
    });

    const allocation = await step.run("allocate-inventory", async () => {
      return await inventory.allocate(
        event.data.sku,
        event.data.quantity,
      );
    });

    // Register inventory cleanup.
    const inventoryHandle = defer("release-if-failed", {
      function: releaseInventory,
      data: { sku: event.data.sku, quantity: event.data.quantity },
    });

    await step.run("create-shipment", async () => {
      return await shipping.createLabel(event.data.address, allocation);
    });

    // Everything succeeded. Cancel both cleanups.
    refundHandle.cancel();
    inventoryHandle.cancel();

    return { status: "shipped", chargeId: charge.id };
  }
);

export { processOrder };
