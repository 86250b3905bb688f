import type { RunFilter, RunRow, Store } from "@stepfast/store";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { Query } from "../http/query.ts";
import type { Trace } from "../trace/span.ts";
import { buildTrace } from "../trace/trace.ts";
import { envelopeV2, pageOf } from "../views/envelope.ts";
import { runViewV2 } from "../views/run.ts";
import { isLive, waitingFor } from "../views/waiting.ts";
import { eventsOf, findEvent, runNotFound } from "./lookup.ts";
import { runFilter } from "./run-filter.ts";

const CHILDREN_PER_PAGE = 400;

function functionName(deps: ServerDeps, slug: string): string {
  return deps.engine.functions().find((fn) => fn.slug === slug)?.config.name ?? slug;
}

async function listRuns(query: Query, deps: ServerDeps, only: RunFilter = {}): Promise<object> {
  const { filter, limit, includeOutput } = runFilter(query);
  const { rows, page } = pageOf(await deps.store.listRuns({ ...filter, ...only }), limit);
  const events = await eventsOf(deps.store, rows);
  const names = new Map(deps.engine.functions().map((fn) => [fn.slug, fn.config.name]));
  const views = rows.map((run) =>
    runViewV2(run, {
      functionName: names.get(run.functionId) ?? run.functionId,
      event: events.get(run.eventId),
      includeOutput,
    }),
  );
  return envelopeV2(views, deps.clock.now(), page);
}

async function getRun(runId: string, query: Query, deps: ServerDeps): Promise<object> {
  const run = await deps.store.getRun(runId);
  if (!run) throw runNotFound(runId);
  const loaded = isLive(run) ? await deps.store.loadRun(runId) : null;
  const [event] = await deps.store.getEvents([run.eventId]);
  return runViewV2(loaded?.run ?? run, {
    functionName: functionName(deps, run.functionId),
    event,
    includeOutput: query.flag("includeOutput") ?? true,
    waiting: loaded ? waitingFor(loaded.run, loaded.steps, loaded.waits) : [],
  });
}

async function childrenOf(store: Store, runId: string): Promise<RunRow[]> {
  const children: RunRow[] = [];
  for (;;) {
    const cursor = children.at(-1)?.id;
    const filter: RunFilter = { parentRunId: runId, order: "asc", limit: CHILDREN_PER_PAGE };
    if (cursor !== undefined) filter.cursor = cursor;
    const page = await store.listRuns(filter);
    children.push(...page);
    if (page.length < CHILDREN_PER_PAGE) return children;
  }
}

async function trace(runId: string, query: Query, deps: ServerDeps): Promise<Trace> {
  const loaded = await deps.store.loadRun(runId);
  if (!loaded) throw runNotFound(runId);
  const [attempts, metadata, children] = await Promise.all([
    deps.store.listAttempts(runId),
    deps.store.listMetadata(runId),
    childrenOf(deps.store, runId),
  ]);
  const rows = {
    loaded,
    attempts,
    metadata,
    children,
    functionName: functionName(deps, loaded.run.functionId),
  };
  return buildTrace(rows, { includeOutput: query.flag("includeOutput") ?? false });
}

async function cancel(runId: string, deps: ServerDeps): Promise<object> {
  await deps.engine.cancelRun({ runId });
  return { runId };
}

async function runsOfEvent(eventId: string, query: Query, deps: ServerDeps): Promise<object> {
  const event = await findEvent(deps.store, eventId);
  return await listRuns(query, deps, { eventId: event.id });
}

/** Runs of the v2 API (SERVER §4.4). */
export function v2RunRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  const reply = async (data: Promise<unknown>) => Response.json(envelopeV2(await data, deps.clock.now()));
  app.get("/runs", async (context) => Response.json(await listRuns(new Query(context.req.url), deps)));
  app.get("/events/:id/runs", async (context) =>
    Response.json(await runsOfEvent(context.req.param("id"), new Query(context.req.url), deps)),
  );
  app.get("/runs/:id", (context) => reply(getRun(context.req.param("id"), new Query(context.req.url), deps)));
  app.get("/runs/:id/trace", (context) =>
    reply(trace(context.req.param("id"), new Query(context.req.url), deps)),
  );
  app.post("/runs/:id/cancel", (context) => reply(cancel(context.req.param("id"), deps)));
  return app;
}
