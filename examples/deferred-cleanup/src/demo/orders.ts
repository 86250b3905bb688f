import { appendFileSync } from "node:fs";
import { inventory, services, shipping, stripe } from "../services.ts";

export interface Order {
  orderId: number;
  total: number;
  paymentSource: string;
  sku: string;
  quantity: number;
  address: { city: string };
}

const CALL_MS = 300;

/** What goes wrong in the demo. */
export function arrangeTrouble(speed: number): void {
  for (const service of services) service.takes(CALL_MS / speed);
  stripe.charges.create.fail({
    times: 1,
    when: ({ source }) => source.startsWith("tok_shaky"),
    error: () => new Error("the card network timed out"),
  });
  stripe.refunds.create.fail({
    times: 2,
    when: ({ charge }) => charge.startsWith("ch_tok_slow"),
    error: () => new Error("the bank is closed"),
  });
  inventory.allocate.fail({
    when: (sku) => sku === "unicorn",
    error: () => new Error("no unicorn in stock"),
  });
  shipping.createLabel.fail({
    when: ({ city }) => city === "Atlantis",
    error: () => new Error("no carrier goes to Atlantis"),
  });
}

/** Writes a line for every call that succeeds, to compare with what the engine says. */
export function keepRecords(file: string): void {
  const write = (name: string, args: unknown[]) => {
    const time = new Date().toISOString().slice(11, 23);
    appendFileSync(file, `${time}  ${name} ${args.map((arg) => JSON.stringify(arg)).join(" ")}\n`);
  };
  for (const service of services) service.witness(write);
}

/** The handful, numbered from `first`, each with what is to be seen of it. */
export function handful(first: number): { order: Order; plot: string }[] {
  const order = (offset: number, rest: Partial<Order>): Order => ({
    orderId: first + offset,
    total: 4_200,
    paymentSource: `tok_fine_${first + offset}`,
    sku: "socks",
    quantity: 1,
    address: { city: "Berlin" },
    ...rest,
  });
  const atlantis = { city: "Atlantis" };
  return [
    { order: order(0, {}), plot: "ships; both cleanups are cancelled" },
    {
      order: order(1, { address: atlantis }),
      plot: "cannot be shipped: it is refunded and its stock released",
    },
    {
      order: order(2, { paymentSource: `tok_shaky_${first + 2}` }),
      plot: "ships, after its card was charged at the second try",
    },
    {
      order: order(3, { address: atlantis, paymentSource: `tok_slow_${first + 3}` }),
      plot: "cannot be shipped; its refund fails twice, which does not hold up the release",
    },
    {
      order: order(4, { sku: "unicorn" }),
      plot: "is out of stock: it is refunded, and there is nothing to release",
    },
  ];
}
