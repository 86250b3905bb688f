import { fakeCall } from "@stepfast-examples/stage";

/*
 * Stand-ins for the services an order needs. Each keeps a record of its calls and fails when told to, e.g.
 * `shipping.createLabel.fail({ when: (address) => address.city === "Atlantis" })`.
 */

export interface Address {
  city: string;
}

export interface Charge {
  id: string;
  amount: number;
}

export interface Allocation {
  sku: string;
  quantity: number;
  shelf: string;
}

export const stripe = {
  charges: {
    create: fakeCall(
      "stripe.charges.create",
      (charge: { amount: number; currency: string; source: string }): Charge => ({
        id: `ch_${charge.source}`,
        amount: charge.amount,
      }),
    ),
  },
  refunds: {
    create: fakeCall("stripe.refunds.create", (refund: { charge: string; amount: number }) => ({
      id: `re_${refund.charge}`,
    })),
  },
};

export const inventory = {
  allocate: fakeCall(
    "inventory.allocate",
    (sku: string, quantity: number): Allocation => ({ sku, quantity, shelf: "B7" }),
  ),
  release: fakeCall("inventory.release", (_sku: string, _quantity: number) => {}),
};

export const shipping = {
  createLabel: fakeCall("shipping.createLabel", (address: Address, allocation: Allocation) => ({
    label: `${allocation.sku} to ${address.city}`,
  })),
};

export const services = [
  stripe.charges.create,
  stripe.refunds.create,
  inventory.allocate,
  inventory.release,
  shipping.createLabel,
];
