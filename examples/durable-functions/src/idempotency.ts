// biome-ignore-all format: the code is as the document prints it.
// biome-ignore-all lint: the code is as the document prints it.
import { inngest } from "./client.ts";
import { sendEmail as deliver } from "./services.ts";

export async function completeCheckout(cartId: string) {
// Prevent duplicate events with custom ID
await inngest.send({
  id: `checkout-completed-${cartId}`, // 24-hour deduplication
  name: "cart/checkout.completed",
  data: { cartId, email: "user@example.com" }
});
}

/** Has no idempotency of its own. */
export const countCheckouts = inngest.createFunction(
  { id: "count-checkouts" },
  { event: "cart/checkout.completed" },
  async ({ event }) => event.data.cartId
);

const sendEmail = inngest.createFunction(
  {
    id: "send-checkout-email",
    // Only run once per cartId per 24 hours
    idempotency: "event.data.cartId"
  },
  { event: "cart/checkout.completed" },
  async ({ event, step }) => {
    // This function won't run twice for same cartId
    await step.run("send", () => deliver(event.data.email));
  }
);

// Complex idempotency keys
const processUserAction = inngest.createFunction(
  {
    id: "process-user-action",
    // Unique per user + organization combination
    idempotency: 'event.data.userId + "-" + event.data.organizationId'
  },
  { event: "user/action.performed" },
  async ({ event, step }) => { /* ... */ }
);

export { processUserAction, sendEmail };
