import type { z } from "zod";
import type { webhook } from "../schemas/webhook.ts";
import { hookKey, type StoredWebhook } from "../webhooks/webhook-shelf.ts";
import { isoText } from "./envelope.ts";

/** A webhook of either API; its address is that of the server as it was asked. */
export function webhookView(
  stored: StoredWebhook,
  about: { requestUrl: string; environment: string },
): z.input<typeof webhook> {
  const { name, transform, response, eventFilter } = stored.body;
  return {
    id: stored.id,
    name,
    url: new URL(`/hooks/${hookKey(stored)}`, about.requestUrl).href,
    transform,
    response,
    eventFilter,
    environment: about.environment,
    createdAt: isoText(stored.createdAt),
    updatedAt: isoText(stored.updatedAt),
  };
}
