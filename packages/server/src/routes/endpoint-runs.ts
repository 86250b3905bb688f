import type { NewEndpointRun } from "@stepfast/engine";
import { isUlid, limits, StepfastError } from "@stepfast/protocol";
import type { RunRow } from "@stepfast/store";
import { type Context, Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { httpRequestEvent } from "../endpoints/http-request.ts";
import { runResponse } from "../endpoints/run-response.ts";
import { readObject } from "../http/body.ts";
import { forward } from "../http/forward.ts";
import type { Realtime } from "../realtime/realtime.ts";
import { parseOps } from "../remote/ops.ts";
import { runNotFound } from "./lookup.ts";
import { holderElsewhere } from "./run-state.ts";

/** How long a caller is kept waiting for an output before it is told to ask again. */
const OUTPUT_PATIENCE_MS = 5 * 60_000;
const ASK_AGAIN_S = 2;

interface Parts {
  deps: ServerDeps;
  realtime: Realtime;
}

function newRun(body: Record<string, unknown>): NewEndpointRun {
  const { run_id: runId, retries = 3, steps } = body;
  if (typeof runId !== "string" || !isUlid(runId)) {
    throw new StepfastError("invalid_request", "`run_id` must be a ULID");
  }
  const count = Number(retries);
  if (!Number.isInteger(count) || count < 0 || count > limits.maxRetries) {
    throw new StepfastError(
      "invalid_request",
      `\`retries\` must be a whole number from 0 to ${limits.maxRetries}`,
    );
  }
  return { runId, event: httpRequestEvent(body.event), retries: count, ops: parseOps(steps ?? []) };
}

async function start(context: Context, { deps, realtime: { tokens } }: Parts): Promise<Response> {
  const body = await readObject(context.req.raw);
  const run = newRun(body);
  try {
    const { functionId, appId } = await deps.engine.startEndpointRun(run);
    const [token, realtimeToken] = await Promise.all([
      tokens.forOutput(run.runId),
      tokens.forStream(run.runId),
    ]);
    const ids = { fn_id: functionId, app_id: appId, run_id: run.runId };
    return Response.json({ data: { ...ids, token, realtime_token: realtimeToken }, status: 200 });
  } catch (error) {
    return await handOn(context, deps, { runId: run.runId, body, error });
  }
}

async function report(context: Context, deps: ServerDeps): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const body = await readObject(context.req.raw);
  const ops = parseOps(body.steps);
  try {
    await deps.engine.reportEndpointRun({ runId, ops });
    return Response.json({ data: { run_id: runId, steps: ops.length }, status: 200 });
  } catch (error) {
    return await handOn(context, deps, { runId, body, error });
  }
}

/** To the node that the run is on, if that is another one. */
async function handOn(
  context: Context,
  deps: ServerDeps,
  { runId, body, error }: { runId: string; body: unknown; error: unknown },
): Promise<Response> {
  const node = await holderElsewhere(context.req.raw, deps, { runId, error });
  if (node === null) throw error;
  return await forward(context.req.raw, node, body);
}

// The token is all that a caller needs, whatever page it is on.
const anyOrigin = { "access-control-allow-origin": "*", "cache-control": "no-store" };

async function output(context: Context, { deps, realtime }: Parts): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  await realtime.tokens.checkOutput(context.req.query("token"), runId);
  if (!(await deps.store.getRun(runId))) throw runNotFound(runId);
  const run = await ended(runId, { deps, realtime }, context.req.raw.signal);
  if (!run) {
    const body = { status: "running", run_id: runId };
    return Response.json(body, {
      status: 202,
      headers: { ...anyOrigin, "retry-after": String(ASK_AGAIN_S) },
    });
  }
  const { statusCode: status, headers, body } = runResponse(run);
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : body, { status, headers: { ...headers, ...anyOrigin } });
}

/** The run once it has ended; undefined if that takes too long, or nobody waits any more. */
function ended(runId: string, { deps, realtime }: Parts, signal: AbortSignal): Promise<RunRow | undefined> {
  return new Promise((resolve) => {
    const stop = () => finish(undefined);
    const stopTimer = deps.clock.after(OUTPUT_PATIENCE_MS, stop);
    const forget = realtime.ends.watch(runId, (run) => finish(run), stop);
    signal.addEventListener("abort", stop, { once: true });
    const finish = (run: RunRow | undefined) => {
      stopTimer();
      forget();
      signal.removeEventListener("abort", stop);
      resolve(run);
    };
  });
}

/** Runs that begin in an app's own request: durable endpoints (PROTOCOL §7, §7.1). */
export function endpointRunRoutes(deps: ServerDeps, realtime: Realtime): Hono {
  const parts = { deps, realtime };
  const app = new Hono({ strict: false });
  app.post("/v1/checkpoint", (context) => start(context, parts));
  app.post("/v1/checkpoint/:runId/steps", (context) => report(context, deps));
  for (const base of ["/v1/http/runs", "/v1/checkpoint"]) {
    app.get(`${base}/:runId/output`, (context) => output(context, parts));
  }
  return app;
}
