import { type IncomingEvent, limits } from "@stepfast/protocol";
import type { Context } from "hono";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { readObject } from "../http/body.ts";
import { Query } from "../http/query.ts";
import { appViewV2, functionViewV2 } from "../views/app.ts";
import { envelopeV2, pageOf } from "../views/envelope.ts";
import { functionsOfApp } from "./lookup.ts";
import { MAX_PAGE } from "./run-filter.ts";

/** Apps and functions are few: their pages are cut here, by id. */
function paged<T extends { id: string }>(
  rows: T[],
  query: Query,
  view: (row: T) => object,
  nowMs: number,
): Response {
  const limit = query.limit({ fallback: 20, max: MAX_PAGE });
  const cursor = query.text("cursor") ?? "";
  const after = rows.filter((row) => row.id > cursor).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { rows: shown, page } = pageOf(after, limit);
  return Response.json(envelopeV2(shown.map(view), nowMs, page));
}

async function listApps(query: Query, deps: ServerDeps): Promise<Response> {
  const [apps, functions] = await Promise.all([deps.store.listApps(), deps.store.listFunctions()]);
  const counts = new Map<string, number>();
  for (const fn of functions) {
    if (fn.archivedAt === null) counts.set(fn.appId, (counts.get(fn.appId) ?? 0) + 1);
  }
  return paged(apps, query, (app) => appViewV2(app, counts.get(app.id) ?? 0), deps.clock.now());
}

async function listFunctions(appId: string, query: Query, deps: ServerDeps): Promise<Response> {
  const functions = await functionsOfApp(deps.store, appId);
  return paged(functions, query, (fn) => functionViewV2(fn, functions), deps.clock.now());
}

async function sendEvent(context: Context, deps: ServerDeps): Promise<Response> {
  const event = await readObject(context.req.raw, limits.requestBytes);
  const { ids } = await deps.engine.send([event as unknown as IncomingEvent]);
  return Response.json(envelopeV2({ eventId: ids[0] }, deps.clock.now()));
}

/** Health, apps, functions and sending of the v2 API (SERVER §4.4). */
export function v2AppRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.get("/health", () => Response.json(envelopeV2({ status: "ok" }, deps.clock.now())));
  app.get("/apps", (context) => listApps(new Query(context.req.url), deps));
  app.get("/apps/:id/functions", (context) =>
    listFunctions(context.req.param("id"), new Query(context.req.url), deps),
  );
  app.post("/events", (context) => sendEvent(context, deps));
  return app;
}
