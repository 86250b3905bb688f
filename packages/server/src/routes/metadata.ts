import { hashStepId, type OpMetadata, StepfastError } from "@stepfast/protocol";
import type { Context } from "hono";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { isRecord, readObject } from "../http/body.ts";
import { noteOf } from "../remote/metadata.ts";
import { envelopeV1 } from "../views/envelope.ts";
import { metadataByStep } from "../views/metadata.ts";
import { findRun } from "./lookup.ts";

const STEP_HASH = /^[0-9a-f]{40}$/;

/** The step that is meant: by its hash, or as the user wrote it and the how manieth use of that id. */
function stepIdOf(target: Record<string, unknown>): string {
  const { step_id: id, step_index: index } = target;
  if (typeof id !== "string" || id === "") return "";
  if (STEP_HASH.test(id)) return id;
  return hashStepId(typeof index === "number" && index > 0 ? `${id}:${index}` : id);
}

function notesOf(value: unknown): OpMetadata[] {
  const list = Array.isArray(value) ? value.map(noteOf) : [];
  const notes = list.filter((note) => note !== undefined);
  if (notes.length > 0 && notes.length === list.length) return notes;
  throw new StepfastError(
    "invalid_request",
    'Send notes: {"target": {"run_id": "…"}, "metadata": [{"kind": "userland.default", "op": "set", "values": {…}}]}, "op" being "set" or "merge"',
  );
}

async function add(context: Context, deps: ServerDeps): Promise<object> {
  const runId = context.req.param("runId") ?? "";
  const body = await readObject(context.req.raw);
  const target = isRecord(body.target) ? body.target : {};
  const attempt = typeof target.step_attempt === "number" ? Math.trunc(target.step_attempt) : null;
  const stepId = stepIdOf(target);
  await deps.engine.addMetadata({ runId, stepId, attempt, notes: notesOf(body.metadata) });
  return { run_id: runId, step_id: stepId === "" ? null : stepId };
}

async function list(runId: string, deps: ServerDeps): Promise<object> {
  await findRun(deps.store, runId);
  const notes = metadataByStep(await deps.store.listMetadata(runId));
  return [...notes].flatMap(([stepId, views]) =>
    views.map((view) => ({ step_id: stepId === "" ? null : stepId, ...view })),
  );
}

/** `POST` and `GET /v1/runs/:runId/metadata` (PROTOCOL §8). */
export function metadataRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  const reply = async (data: Promise<unknown>) => Response.json(envelopeV1(await data, deps.clock.now()));
  app.post("/runs/:runId/metadata", (context) => reply(add(context, deps)));
  app.get("/runs/:runId/metadata", (context) => reply(list(context.req.param("runId"), deps)));
  return app;
}
