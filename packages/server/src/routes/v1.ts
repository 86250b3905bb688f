import { type Json, StepfastError } from "@stepfast/protocol";
import type { EventFilter, RunRow } from "@stepfast/store";
import type { Context } from "hono";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { readObject } from "../http/body.ts";
import { Query } from "../http/query.ts";
import { functionViewV1 } from "../views/app.ts";
import { envelopeV1 } from "../views/envelope.ts";
import { eventViewV1 } from "../views/event.ts";
import { jobViews } from "../views/job.ts";
import { runViewV1 } from "../views/run.ts";
import { eventsOf, findEvent, findRun, functionsById, functionsOfApp, runNotFound } from "./lookup.ts";

const MAX_PAGE = 100;

async function listEvents(query: Query, deps: ServerDeps): Promise<object[]> {
  const filter: EventFilter = { limit: query.limit({ fallback: 20, max: MAX_PAGE }) };
  const name = query.text("name");
  const cursor = query.text("cursor");
  const receivedAfter = query.time("received_after");
  const receivedBefore = query.time("received_before");
  if (name !== undefined) filter.name = name;
  if (cursor !== undefined) filter.cursor = cursor;
  if (receivedAfter !== undefined) filter.receivedAfter = receivedAfter;
  if (receivedBefore !== undefined) filter.receivedBefore = receivedBefore;
  return (await deps.store.listEvents(filter)).map(eventViewV1);
}

async function runViews(runs: RunRow[], deps: ServerDeps): Promise<object[]> {
  const [events, functions] = await Promise.all([eventsOf(deps.store, runs), functionsById(deps.store)]);
  return runs.map((run) =>
    runViewV1(run, { fn: functions.get(run.functionId), event: events.get(run.eventId) }),
  );
}

async function runsOfEvent(eventId: string, deps: ServerDeps): Promise<object[]> {
  const event = await findEvent(deps.store, eventId);
  return await runViews(
    await deps.store.listRuns({ eventId: event.id, order: "asc", limit: MAX_PAGE }),
    deps,
  );
}

async function jobs(runId: string, deps: ServerDeps): Promise<object[]> {
  const loaded = await deps.store.loadRun(runId);
  if (!loaded) throw runNotFound(runId);
  return jobViews(loaded.run, loaded.steps);
}

async function signal(context: Context, deps: ServerDeps): Promise<object> {
  const body = await readObject(context.req.raw);
  if (typeof body.signal !== "string" || body.signal === "") {
    throw new StepfastError("invalid_request", 'Name the signal: {"signal": "…", "data": …}');
  }
  const { runId } = await deps.engine.sendSignal({ signal: body.signal, data: (body.data ?? null) as Json });
  return { run_id: runId };
}

/** The v1 API (SERVER §4.2). */
export function v1Routes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  const reply = async (data: Promise<unknown>) => Response.json(envelopeV1(await data, deps.clock.now()));
  app.get("/events", (context) => reply(listEvents(new Query(context.req.url), deps)));
  app.get("/events/:id", (context) =>
    reply(findEvent(deps.store, context.req.param("id")).then(eventViewV1)),
  );
  app.get("/events/:id/runs", (context) => reply(runsOfEvent(context.req.param("id"), deps)));
  app.get("/runs/:id", (context) =>
    reply(findRun(deps.store, context.req.param("id")).then(async (run) => (await runViews([run], deps))[0])),
  );
  app.get("/runs/:id/jobs", (context) => reply(jobs(context.req.param("id"), deps)));
  app.post("/signals", (context) => reply(signal(context, deps)));
  // A bare array, as clients of this API expect it.
  app.get("/apps/:app/functions", async (context) =>
    Response.json((await functionsOfApp(deps.store, context.req.param("app"))).map(functionViewV1)),
  );
  return app;
}
