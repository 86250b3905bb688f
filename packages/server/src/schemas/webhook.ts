import { z } from "zod";
import { time } from "./values.ts";

const MAX_TRANSFORM = 65_536;

const name = z.string().trim().min(1).max(100);
const transform = z
  .string()
  .max(MAX_TRANSFORM)
  .describe("JavaScript: `function transform(evt, headers, queryParams, raw) { return { name, data }; }`");
const eventFilter = z.object({
  events: z.array(z.string()).max(100),
  filter: z.enum(["ALLOW", "DENY"]),
});

export const newWebhook = z
  .object({
    name,
    transform: transform.nullish().describe("Left out: what is posted are events as they are."),
    response: z.string().max(4_096).nullish().describe("Answered instead of the events' ids, as plain text."),
    eventFilter: eventFilter.nullish().describe("Names of events that may, or may not, come of it."),
  })
  .meta({ id: "NewWebhook" });

export const webhookChange = newWebhook.partial().meta({ id: "WebhookChange" });

export const webhook = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string().describe("Where to post to. Whoever knows it may send."),
    transform: z.string().nullable(),
    response: z.string().nullable(),
    eventFilter: eventFilter.nullable(),
    environment: z.string(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Webhook" });

export const webhookTest = z
  .object({
    body: z.string().default("").describe("As it would be posted."),
    headers: z.record(z.string(), z.string()).default({}),
    query: z.record(z.string(), z.string()).default({}),
    transform: transform.nullish().describe("Tried instead of the stored one."),
  })
  .meta({ id: "WebhookTest" });

export const webhookTestResult = z
  .object({
    events: z.array(z.record(z.string(), z.unknown())).describe("What would be sent."),
    dropped: z.int().describe("How many the filter would leave out."),
  })
  .meta({ id: "WebhookTestResult" });
