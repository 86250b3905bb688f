import type { IncomingEvent } from "@stepfast/protocol";
import { limits, StepfastError } from "@stepfast/protocol";
import { Hono } from "hono";
import { digestOf, isOneOf } from "../auth/digest.ts";
import type { ServerDeps } from "../deps.ts";
import { isRecord, readText, refusePacked } from "../http/body.ts";
import { runTransform } from "./transform.ts";
import type { Posted } from "./transform-task.ts";
import { hookKeyParts, type StoredWebhook, type Webhook, WebhookShelf } from "./webhook-shelf.ts";

function formFields(text: string): Record<string, unknown> {
  const params = new URLSearchParams(text);
  const names = [...new Set(params.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function parsedBody(raw: string, contentType: string): unknown {
  if (contentType.includes("x-www-form-urlencoded")) return formFields(raw);
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

/** A request as a transform sees it. */
export function postedOf(raw: string, headers: Headers, query: URLSearchParams): Posted {
  const names = Object.fromEntries(headers);
  // Who may pass this server's own doors is none of the transform's business.
  delete names.authorization;
  const evt = parsedBody(raw, (names["content-type"] ?? "").toLowerCase());
  return { evt, headers: names, query: Object.fromEntries(query), raw };
}

function isAllowed(name: string, { eventFilter }: Webhook): boolean {
  if (eventFilter === null) return true;
  const isNamed = eventFilter.events.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
  return isNamed === (eventFilter.filter === "ALLOW");
}

function asEvents(value: unknown): Record<string, unknown>[] {
  const list = Array.isArray(value) ? value : value === null ? [] : [value];
  const wrong = list.find((each) => !isRecord(each));
  if (wrong === undefined) return list as Record<string, unknown>[];
  throw new StepfastError(
    "invalid_event",
    'Every event must be an object such as { "name": "a/b", "data": {} }',
  );
}

/** What comes of a request: the events to send, and how many the filter left out. */
export async function eventsOf(
  webhook: Webhook,
  posted: Posted,
): Promise<{ events: Record<string, unknown>[]; dropped: number }> {
  const made = webhook.transform === null ? posted.evt : await runTransform(webhook.transform, posted);
  const all = asEvents(made);
  const events = all.filter(({ name }) => typeof name !== "string" || isAllowed(name, webhook));
  return { events, dropped: all.length - events.length };
}

async function hookOf(key: string, { store }: ServerDeps): Promise<StoredWebhook> {
  const parts = hookKeyParts(key);
  const found = parts && (await new WebhookShelf(store).find(parts.id));
  if (found && isOneOf(parts.secret, [digestOf(found.body.secret)])) return found;
  throw new StepfastError(
    "webhook_not_found",
    "There is no webhook at this address: it may have been deleted",
  );
}

async function receive(request: Request, key: string, deps: ServerDeps): Promise<Response> {
  const { body: webhook } = await hookOf(key, deps);
  refusePacked(request);
  const raw = await readText(request, limits.eventBytes);
  const { searchParams } = new URL(request.url);
  const { events } = await eventsOf(webhook, postedOf(raw, request.headers, searchParams));
  const { ids } = await deps.engine.send(events as unknown as IncomingEvent[]);
  return webhook.response === null ? Response.json({ ids, status: 200 }) : new Response(webhook.response);
}

/** `POST /hooks/:key`: what others post becomes events. */
export function hookRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.post("/hooks/:key", (context) => receive(context.req.raw, context.req.param("key"), deps));
  return app;
}
