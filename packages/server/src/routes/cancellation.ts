import type { RunRow } from "@stepfast/store";
import { type Context, Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { findRun } from "./lookup.ts";

/** How long who asks is kept waiting; then it asks again. */
const PATIENCE_MS = 25_000;
const LOOK_MS = 500;

/**
 * Whether a run is to stop: for SDKs whose step is executing and wants to know. Answers as soon as it is, or the run has ended,
 * else after 25 seconds. Any node can tell, whichever holds the run.
 */
export function cancellationRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.get("/v1/checkpoint/:runId/cancellation", (context) => cancellation(context, deps));
  return app;
}

async function cancellation(context: Context, { store, clock }: ServerDeps): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const { signal } = context.req.raw;
  const until = clock.now() + PATIENCE_MS;
  for (;;) {
    const run = await findRun(store, runId);
    const isCancelled = run.cancel !== null;
    const hasEnded = run.endedAt !== null;
    if (isCancelled || hasEnded || clock.now() >= until || signal.aborted) return answer(run);
    await pause(clock, signal);
  }
}

function answer({ id, cancel, endedAt }: RunRow): Response {
  const data = { run_id: id, cancelled: cancel !== null, ended: endedAt !== null };
  return Response.json({ data, status: 200 }, { headers: { "cache-control": "no-store" } });
}

/** Until it is time to look again, or nobody waits any more. */
function pause(clock: ServerDeps["clock"], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(LOOK_MS, () => done());
    const done = () => {
      stopTimer();
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
  });
}
