import { refundPayment, releaseInventory } from "./cleanup.ts";
import { processOrder } from "./process-order.ts";

export const functions = [processOrder, refundPayment, releaseInventory];
