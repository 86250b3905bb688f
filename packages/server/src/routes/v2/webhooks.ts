import { z } from "zod";
import { nothing, v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { newWebhook, webhook, webhookChange, webhookTest, webhookTestResult } from "../../schemas/webhook.ts";
import { pageOf } from "../../views/envelope.ts";
import { webhookView } from "../../views/webhook.ts";
import { eventsOf, postedOf } from "../../webhooks/receive.ts";
import { type StoredWebhook, WebhookShelf } from "../../webhooks/webhook-shelf.ts";
import { MAX_PAGE } from "../run-filter.ts";

export function viewer({ url }: Request, { mode }: ServerDeps) {
  const about = { requestUrl: url, environment: mode === "dev" ? "dev" : "production" };
  return (stored: StoredWebhook) => webhookView(stored, about);
}

async function tryOut(id: string, given: z.output<typeof webhookTest>, { store }: ServerDeps) {
  const { body } = await new WebhookShelf(store).get(id);
  const posted = postedOf(given.body, new Headers(given.headers), new URLSearchParams(given.query));
  const transform = given.transform === undefined ? body.transform : given.transform;
  return await eventsOf({ ...body, transform }, posted);
}

/** Webhooks of the v2 API (SERVER §4.4). */
export const webhookEndpoints: Endpoint[] = [
  endpoint({
    id: "listWebhooks",
    method: "GET",
    path: "/v2/env/webhooks",
    summary: "Webhooks",
    scope: "admin",
    query: z.object(paging(MAX_PAGE)),
    answer: v2Page(webhook),
    async handle({ query, request }, deps) {
      const { cursor, limit } = query;
      const { rows, page } = pageOf(
        await new WebhookShelf(deps.store).list({ cursor, limit: limit + 1 }),
        limit,
      );
      return { rows: rows.map(viewer(request, deps)), page };
    },
  }),
  endpoint({
    id: "makeWebhook",
    method: "POST",
    path: "/v2/env/webhooks",
    summary: "Makes an address at which others' posts become events",
    scope: "admin",
    body: newWebhook,
    answer: v2(webhook, 201),
    errors: ["transform_failed"],
    async handle({ body, request }, deps) {
      return viewer(request, deps)(await new WebhookShelf(deps.store).add(body, deps.clock.now()));
    },
  }),
  endpoint({
    id: "getWebhook",
    method: "GET",
    path: "/v2/env/webhooks/:webhook",
    summary: "One webhook",
    scope: "admin",
    answer: v2(webhook),
    errors: ["webhook_not_found"],
    async handle({ params, request }, deps) {
      return viewer(request, deps)(await new WebhookShelf(deps.store).get(params.webhook));
    },
  }),
  endpoint({
    id: "changeWebhook",
    method: "PATCH",
    path: "/v2/env/webhooks/:webhook",
    summary: "Changes a webhook; what is left out stays",
    scope: "admin",
    body: webhookChange,
    answer: v2(webhook),
    errors: ["webhook_not_found", "transform_failed", "changed_meanwhile"],
    async handle({ params, body, request }, deps) {
      const shelf = new WebhookShelf(deps.store);
      return viewer(request, deps)(await shelf.change(params.webhook, body, deps.clock.now()));
    },
  }),
  endpoint({
    id: "deleteWebhook",
    method: "DELETE",
    path: "/v2/env/webhooks/:webhook",
    summary: "Deletes a webhook; its address is gone for good",
    scope: "admin",
    answer: nothing,
    errors: ["webhook_not_found"],
    handle: ({ params }, { store }) => new WebhookShelf(store).remove(params.webhook),
  }),
  endpoint({
    id: "testWebhook",
    method: "POST",
    path: "/v2/env/webhooks/:webhook/test",
    summary: "Tells which events a post would become; sends none",
    scope: "admin",
    body: webhookTest,
    answer: v2(webhookTestResult),
    errors: ["webhook_not_found", "transform_failed", "invalid_event"],
    handle: ({ params, body }, deps) => tryOut(params.webhook, body, deps),
  }),
];
