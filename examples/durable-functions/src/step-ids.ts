// biome-ignore-all format: the code is as the document prints it.
import { inngest } from "./client.ts";
import { chargeCustomer, fetchOrderData, fetchUserData, sendEmail, validatePayment } from "./services.ts";

export const checkout = inngest.createFunction({ id: "checkout" }, { event: "cart/checked.out" },
async ({ event, step }) => {
// Step IDs can be reused - Inngest handles counters automatically
const data = await step.run("fetch-data", () => fetchUserData());
const more = await step.run("fetch-data", () => fetchOrderData()); // Different execution

// Use descriptive IDs for clarity
await step.run("validate-payment", () => validatePayment(event.data.paymentId));
await step.run("charge-customer", () => chargeCustomer(event.data));
await step.run("send-confirmation", () => sendEmail(event.data.email));
return { data, more };
});
