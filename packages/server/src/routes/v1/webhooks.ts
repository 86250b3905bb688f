import { z } from "zod";
import { nothing, v1 } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import { newWebhook, webhook, webhookChange } from "../../schemas/webhook.ts";
import { WebhookShelf } from "../../webhooks/webhook-shelf.ts";
import { MAX_PAGE } from "../run-filter.ts";
import { viewer } from "../v2/webhooks.ts";

/** Webhooks of the v1 API (SERVER §4.2). */
export const webhookEndpointsV1: Endpoint[] = [
  endpoint({
    id: "listWebhooksV1",
    method: "GET",
    path: "/v1/webhooks",
    summary: "Webhooks. `cursor` is the last id seen",
    scope: "admin",
    query: z.object(paging(MAX_PAGE)),
    answer: v1(z.array(webhook)),
    async handle({ query, request }, deps) {
      return (await new WebhookShelf(deps.store).list(query)).map(viewer(request, deps));
    },
  }),
  endpoint({
    id: "makeWebhookV1",
    method: "POST",
    path: "/v1/webhooks",
    summary: "Makes an address at which others' posts become events",
    scope: "admin",
    body: newWebhook,
    answer: v1(webhook),
    errors: ["transform_failed"],
    async handle({ body, request }, deps) {
      return viewer(request, deps)(await new WebhookShelf(deps.store).add(body, deps.clock.now()));
    },
  }),
  endpoint({
    id: "getWebhookV1",
    method: "GET",
    path: "/v1/webhooks/:webhook",
    summary: "One webhook",
    scope: "admin",
    answer: v1(webhook),
    errors: ["webhook_not_found"],
    async handle({ params, request }, deps) {
      return viewer(request, deps)(await new WebhookShelf(deps.store).get(params.webhook));
    },
  }),
  endpoint({
    id: "changeWebhookV1",
    method: "PUT",
    path: "/v1/webhooks/:webhook",
    summary: "Changes a webhook; what is left out stays",
    scope: "admin",
    body: webhookChange,
    answer: v1(webhook),
    errors: ["webhook_not_found", "transform_failed", "changed_meanwhile"],
    async handle({ params, body, request }, deps) {
      const shelf = new WebhookShelf(deps.store);
      return viewer(request, deps)(await shelf.change(params.webhook, body, deps.clock.now()));
    },
  }),
  endpoint({
    id: "deleteWebhookV1",
    method: "DELETE",
    path: "/v1/webhooks/:webhook",
    summary: "Deletes a webhook; its address is gone for good",
    scope: "admin",
    answer: nothing,
    errors: ["webhook_not_found"],
    handle: ({ params }, { store }) => new WebhookShelf(store).remove(params.webhook),
  }),
];
