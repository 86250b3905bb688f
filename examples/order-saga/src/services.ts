import { fakeCall } from "@stepfast-examples/stage";

/* Stand-ins for what the saga calls. Each keeps a record and fails when told to. */

export const payments = {
  charge: fakeCall("payments.charge", (amount: number, _key: string) => ({ id: "ch_1", amount })),
  refund: fakeCall("payments.refund", (_chargeId: string, _key: string) => {}),
};

export const stock = {
  take: fakeCall("stock.take", (sku: string) => ({ sku, place: "shelf 7" })),
  putBack: fakeCall("stock.putBack", (_sku: string) => {}),
};

export const parcels = {
  send: fakeCall("parcels.send", (_address: string) => ({ trackingId: "tr_1" })),
};

export const services = [payments.charge, payments.refund, stock.take, stock.putBack, parcels.send];
