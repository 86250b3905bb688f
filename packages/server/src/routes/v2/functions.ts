import { StepfastError } from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";
import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { Refusal } from "../../http/failure.ts";
import { fn } from "../../schemas/app.ts";
import { pause, pauseRequest } from "../../schemas/job.ts";
import { run } from "../../schemas/run.ts";
import { json } from "../../schemas/values.ts";
import { functionViewV2 } from "../../views/app.ts";
import { pauseView } from "../../views/bulk-job.ts";
import { scheduleView } from "../../views/limit.ts";
import { functionOfApp, functionsOfApp } from "../lookup.ts";
import { MAX_PAGE, runQuery } from "../run-filter.ts";
import { paged } from "./apps.ts";
import { listRuns } from "./runs.ts";

const object = z.record(z.string(), json);

const invocation = z
  .object({
    data: object,
    user: object.optional(),
    idempotencyKey: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("A second invocation with it within 24 hours starts nothing: 409, with the first run's id."),
  })
  .meta({ id: "Invocation" });

async function invoke(functionId: string, body: z.output<typeof invocation>, { engine }: ServerDeps) {
  const { idempotencyKey } = body;
  // Under any name: the engine gives the event its own.
  const [event] = validateEvents({ name: "invoke", data: body.data, user: body.user });
  if (!event) throw new StepfastError("invalid_event", "There is nothing to invoke the function with");
  const { data, user } = event;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  const { runId, eventId, isRepeat } = await engine.invoke({
    functionId,
    event: user ? { data, user } : { data },
    ...key,
  });
  if (isRepeat || eventId === null) {
    throw new Refusal("already_invoked", `This idempotency key started the run ${runId} before`, { runId });
  }
  return { runId, eventId };
}

/** Functions of the v2 API (SERVER §4.4). */
export const functionEndpoints: Endpoint[] = [
  endpoint({
    id: "listFunctions",
    method: "GET",
    path: "/v2/apps/:app/functions",
    summary: "An app's functions",
    scope: "read",
    query: z.object(paging(MAX_PAGE)),
    answer: v2Page(fn),
    errors: ["app_not_found"],
    async handle({ params, query }, { store }) {
      const functions = await functionsOfApp(store, params.app);
      const { rows, page } = paged(functions, query);
      return { rows: rows.map((row) => functionViewV2(row, functions)), page };
    },
  }),
  endpoint({
    id: "getFunction",
    method: "GET",
    path: "/v2/apps/:app/functions/:function",
    summary: "One function, by its own id or its full one",
    scope: "read",
    answer: v2(fn),
    errors: ["app_not_found", "function_not_found"],
    async handle({ params }, { store }) {
      const found = await functionOfApp(store, params.app, params.function);
      const gates = await store.listGates({ functionId: found.fn.id, kinds: ["schedule"] });
      return { ...functionViewV2(found.fn, found.siblings), schedules: gates.map(scheduleView) };
    },
  }),
  endpoint({
    id: "listRunsOfFunction",
    method: "GET",
    path: "/v2/apps/:app/functions/:function/runs",
    summary: "A function's runs",
    scope: "read",
    query: runQuery,
    answer: v2Page(run),
    errors: ["app_not_found", "function_not_found", "invalid_expression"],
    async handle({ params, query }, deps) {
      const found = await functionOfApp(deps.store, params.app, params.function);
      return await listRuns(query, deps, { functionIds: [found.fn.id] });
    },
  }),
  endpoint({
    id: "pauseFunction",
    method: "POST",
    path: "/v2/apps/:app/functions/:function/pause",
    summary: "Pauses a function; one that is paused is paused in this way from now on",
    scope: "write",
    body: pauseRequest,
    isBodyOptional: true,
    answer: v2(pause),
    errors: ["app_not_found", "function_not_found"],
    async handle({ params, body }, { engine, store }) {
      const { fn: found } = await functionOfApp(store, params.app, params.function);
      const { events = "hold", runs = "finish", reason = null } = body;
      return pauseView(await engine.pauseFunction({ functionId: found.id, events, runs, reason }));
    },
  }),
  endpoint({
    id: "resumeFunction",
    method: "POST",
    path: "/v2/apps/:app/functions/:function/resume",
    summary: "Resumes a function: what was held goes on, the oldest first",
    scope: "write",
    answer: v2(fn),
    errors: ["app_not_found", "function_not_found"],
    async handle({ params }, { engine, store }) {
      const { fn: found } = await functionOfApp(store, params.app, params.function);
      await engine.resumeFunction(found.id);
      const now = await functionOfApp(store, params.app, params.function);
      return functionViewV2(now.fn, now.siblings);
    },
  }),
  endpoint({
    id: "invokeFunction",
    method: "POST",
    path: "/v2/apps/:app/functions/:function/invoke",
    summary: "Starts a run of one function, whatever its triggers",
    scope: "write",
    body: invocation,
    answer: v2(z.object({ runId: z.string(), eventId: z.string() })),
    errors: ["app_not_found", "function_not_found", "already_invoked", "invalid_event", "event_too_large"],
    async handle({ params, body }, deps) {
      const found = await functionOfApp(deps.store, params.app, params.function);
      return await invoke(found.fn.id, body, deps);
    },
  }),
];
