// biome-ignore-all format: the code is as the document prints it.
import { inngest } from "./client.ts";
import { chargeCustomer } from "./services.ts";

const processOrder = inngest.createFunction(
  {
    id: "process-order", // Unique, never change this
    retries: 4, // Default: 4 retries per step
    concurrency: 10 // Max concurrent executions
  },
  { event: "order/created" }, // Trigger
  async ({ event, step }) => {
    // Your durable workflow
    await step.run("charge-customer", () => chargeCustomer(event.data));
  }
);

export { processOrder };
