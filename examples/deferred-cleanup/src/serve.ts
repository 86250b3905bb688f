// biome-ignore-all format: the code is as the document prints it.
import { serve } from "inngest/node";
import { refundPayment, releaseInventory } from "./cleanup.ts";
import { inngest } from "./client.ts";
import { processOrder } from "./process-order.ts";

/** A handler for `node:http`: the functions run here, an engine elsewhere calls them. */
export const handler =
serve({
  client: inngest,
  functions: [processOrder, refundPayment, releaseInventory],
});
