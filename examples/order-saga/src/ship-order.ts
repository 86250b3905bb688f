import { client } from "./client.ts";
import { parcels, payments, stock } from "./services.ts";

export const shipOrder = client.createFunction(
  { id: "ship-order", cancelOn: [{ event: "order/withdrawn", match: "data.orderId" }] },
  { event: "order/placed" },
  async ({ event, step }) => {
    const charge = await step
      .run("charge", ({ idempotencyKey }) => payments.charge(event.data.total, idempotencyKey))
      .rollback((charge, { idempotencyKey }) => payments.refund(charge.id, idempotencyKey));

    await step
      .run("take from stock", () => stock.take(event.data.sku))
      .rollback((taken) => stock.putBack(taken.sku));

    await step.sleep("time to think again", "1h");

    const parcel = await step.run("send parcel", () => parcels.send(event.data.address));
    return { chargeId: charge.id, trackingId: parcel.trackingId };
  },
);
