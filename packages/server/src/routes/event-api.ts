import { headers, type IncomingEvent, limits, StepfastError } from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";
import type { Context } from "hono";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { isRecord, parseJson, readText, refusePacked } from "../http/body.ts";
import { allowLoopbackPages } from "../http/guard.ts";

/** JSON under any content type but a form of parts: browsers send `text/plain` to be spared a preflight. */
async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("multipart/")) {
    throw new StepfastError("unsupported_media_type", "Send events as JSON, one object or an array");
  }
  refusePacked(request);
  const text = await readText(request, limits.requestBytes);
  return text.trim() === "" ? undefined : parseJson(text);
}

async function receive(context: Context, deps: ServerDeps): Promise<Response> {
  const body = (await readJson(context.req.raw)) ?? [];
  const events = (Array.isArray(body) ? body : [body]) as IncomingEvent[];
  const seed = context.req.header(headers.eventIdSeed);
  const { ids } = await deps.engine.send(events, seed === undefined ? {} : { seed });
  return Response.json({ ids, status: 200 });
}

/** The event's name is the engine's to give, whatever the sender wrote. */
async function invoke(context: Context, deps: ServerDeps): Promise<Response> {
  const body = (await readJson(context.req.raw)) ?? {};
  if (!isRecord(body)) throw new StepfastError("invalid_event", 'Send one event: {"data": {…}}');
  const [event] = validateEvents({ ...body, name: "invoke" });
  if (!event) throw new StepfastError("invalid_event", 'Send one event: {"data": {…}}');
  const { name: _name, ...payload } = event;
  const functionId = context.req.param("slug") ?? "";
  const { eventId, runId } = await deps.engine.invoke({ functionId, event: payload });
  return Response.json({ id: eventId, run_id: runId, status: 200 });
}

/** `POST /e/:key` (or `/e` with the key as bearer), `POST /invoke/:slug`, `GET /health` (PROTOCOL §6, SERVER §1.1). */
export function eventRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.get("/health", () => Response.json({ status: 200, message: "OK" }));
  if (deps.mode === "dev") app.use("/e/*", allowLoopbackPages());
  app.post("/e", (context) => receive(context, deps));
  app.post("/e/:key", (context) => receive(context, deps));
  app.post("/invoke/:slug", (context) => invoke(context, deps));
  return app;
}
