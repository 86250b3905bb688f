import { editedInput } from "@stepfast/engine";
import { rolledBackStep, StepfastError } from "@stepfast/protocol";
import { type LoadedRun, partsOf, type StepRow } from "@stepfast/store";
import type { Context } from "hono";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { isRecord, readObject } from "../http/body.ts";
import { failure } from "../http/failure.ts";
import { forward, isForwarded } from "../http/forward.ts";
import {
  answerCheckpoint,
  type CheckpointDeps,
  checkpointBytes,
  takeCheckpoint,
} from "../remote/checkpoint.ts";
import { eventPayloadView } from "../views/event.ts";
import { isLive } from "../views/waiting.ts";
import { runNotFound } from "./lookup.ts";

/** Characters of state that are sent at a time. */
const PIECE_LENGTH = 1024 * 1024;
/** In one request. */
const MAX_CHECKPOINTS = 1_000;
async function checkpoint(context: Context, deps: ServerDeps): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const request = context.req.raw;
  const body = await readObject(request, checkpointBytes(deps.engine));
  const bytes = Number(request.headers.get("content-length") ?? Infinity);
  let steps: number;
  try {
    steps = await takeCheckpoint(deps.engine, { runId, body, bytes });
  } catch (error) {
    const node = await holderElsewhere(request, deps, { runId, error });
    if (node === null) throw error;
    return await forward(request, node, body);
  }
  if (request.headers.get("prefer") === "return=minimal") return new Response(null, { status: 204 });
  return Response.json({ data: { run_id: runId, steps }, status: 200 });
}

/** Checkpoints of several calls of an app. Each is answered by itself, in their order. */
async function checkpoints(context: Context, deps: ServerDeps): Promise<Response> {
  const { raw } = context.req;
  const { checkpoints: sent } = await readObject(raw, checkpointBytes(deps.engine));
  if (!Array.isArray(sent) || sent.length > MAX_CHECKPOINTS) {
    const message = `Send {"checkpoints":[…]}, ${MAX_CHECKPOINTS} at most`;
    throw new StepfastError("invalid_request", message);
  }
  const bytes = Number(raw.headers.get("content-length") ?? Infinity);
  const { engine, log } = deps;
  const forwarding = isForwarded(raw) ? {} : { forward: forwarder(raw) };
  const answers = sent.map((body: unknown) => {
    const runId = isRecord(body) ? String(body.run_id ?? "") : "";
    return answerCheckpoint({ engine, log, ...forwarding }, { runId, body, bytes });
  });
  return Response.json({ data: await Promise.all(answers) });
}

/** One by one: each may be at another node. */
function forwarder(request: Request): CheckpointDeps["forward"] {
  return async (node, { runId, body }) => {
    const path = `/v1/checkpoint/${encodeURIComponent(runId)}/async`;
    const answer = await forward(request, node, body, path);
    const text = await answer.text();
    return answer.ok ? { status: 204 } : { status: answer.status, error: text };
  };
}

/** An SDK reports to the API's address: behind it may be another node than the one that called. */
export async function holderElsewhere(
  request: Request,
  deps: ServerDeps,
  { runId, error }: { runId: string; error: unknown },
): Promise<string | null> {
  const isStale = StepfastError.is(error) && error.code === "stale_dispatch";
  return isStale && !isForwarded(request) ? await deps.engine.nodeOf(runId) : null;
}

/** What a call left out because it was too large; gone once the run has ended. */
async function withLiveRun(
  context: Context,
  deps: ServerDeps,
  answer: (loaded: LoadedRun) => Response,
): Promise<Response> {
  const runId = context.req.param("runId") ?? "";
  const loaded = await deps.store.loadRun(runId);
  if (!loaded) throw runNotFound(runId);
  if (!isLive(loaded.run)) {
    const error = new StepfastError(
      "run_already_ended",
      `Run ${runId} has ended: nothing may be executed for it`,
    );
    return failure(context.req.path, error, { status: 410 });
  }
  return answer(loaded);
}

/** The steps map as JSON text, in pieces: outputs are JSON already and may be large, so they are not parsed. */
function* stepsJson(steps: StepRow[]): Generator<string> {
  const settled = steps.filter(
    (step) => step.settledNo !== null && rolledBackStep(step.stepId) === undefined,
  );
  // Who asks for them goes by their order where nothing else tells it.
  settled.sort((a, b) => (a.settledNo ?? 0) - (b.settledNo ?? 0) || a.no - b.no);
  let text = "{";
  for (const step of steps) {
    const input = step.settledNo === null ? editedInput(step) : undefined;
    if (input === undefined) continue;
    text += `${text === "{" ? "" : ","}${JSON.stringify(step.stepId)}:${JSON.stringify({ type: "input", input })}`;
  }
  let separator = text === "{" ? "" : ",";
  for (const step of settled) {
    text += `${separator}${JSON.stringify(step.stepId)}:`;
    separator = ",";
    for (const part of partsOf(step.output ?? "null")) {
      text += part;
      if (text.length < PIECE_LENGTH) continue;
      yield text;
      text = "";
    }
  }
  yield `${text}}`;
}

/** What has one piece is sent as such, what has more as it is asked for. */
function jsonOf(pieces: Generator<string>): Response {
  const headers = { "content-type": "application/json" };
  const first = String(pieces.next().value);
  const second = pieces.next();
  if (second.done) return new Response(first, { headers });
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of [first, second.value]) controller.enqueue(encoder.encode(piece));
    },
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(body, { headers });
}

async function cancel(context: Context, deps: ServerDeps): Promise<Response> {
  await deps.engine.cancelRun({ runId: context.req.param("runId") ?? "" });
  return new Response(null, { status: 204 });
}

/** What an SDK asks during a call: checkpoints (PROTOCOL §7) and left-out state (PROTOCOL §3.2). */
export function runStateRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.post("/v1/checkpoint/:runId/async", (context) => checkpoint(context, deps));
  app.post("/v1/checkpoints", (context) => checkpoints(context, deps));
  app.get("/v0/runs/:runId/batch", (context) =>
    withLiveRun(context, deps, (loaded) => Response.json(loaded.events.map(eventPayloadView))),
  );
  app.get("/v0/runs/:runId/actions", (context) =>
    withLiveRun(context, deps, (loaded) => jsonOf(stepsJson(loaded.steps))),
  );
  app.delete("/v0/runs/:runId", (context) => cancel(context, deps));
  return app;
}
