import { type EventRow, LISTED_VALUE_LENGTH, type RunFilter, type RunRow } from "@stepfast/store";
import { z } from "zod";
import { type Rows, v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { flag } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { rerunRequest } from "../../schemas/job.ts";
import { scores } from "../../schemas/metadata.ts";
import { run } from "../../schemas/run.ts";
import { metadataEntry, trace } from "../../schemas/trace.ts";
import { runRef } from "../../schemas/values.ts";
import { scan } from "../../search/scan.ts";
import { runMatcher } from "../../search/search.ts";
import { noteMetadata } from "../../trace/metadata.ts";
import { readTrace } from "../../trace/read-trace.ts";
import { pageOf } from "../../views/envelope.ts";
import { forkedFrom } from "../../views/fork.ts";
import { ROLLBACK_OPS, rollbackView } from "../../views/rollback.ts";
import { runViewV2 } from "../../views/run.ts";
import { isLive, waitingFor } from "../../views/waiting.ts";
import { eventsOf, findEvent, runNotFound, statusesOf } from "../lookup.ts";
import { type RunQuery, runFilter, runQuery } from "../run-filter.ts";

type RunView = z.input<typeof run>;

function functionName(deps: ServerDeps, slug: string): string {
  return deps.engine.functions().find((fn) => fn.slug === slug)?.config.name ?? slug;
}

async function searchRuns(text: string, query: RunQuery, filter: RunFilter, deps: ServerDeps) {
  const isMeant = runMatcher(text);
  const events = new Map<string, EventRow>();
  return await scan<RunRow>({
    limit: query.limit,
    cursor: query.cursor,
    fetch: (cursor, limit) =>
      deps.store.listRuns(cursor === undefined ? { ...filter, limit } : { ...filter, limit, cursor }),
    async pick(rows) {
      events.clear();
      for (const [id, event] of await eventsOf(deps.store, rows)) events.set(id, event);
      return rows.filter((row) => isMeant(row, events.get(row.eventId)));
    },
    bytesOf: (row) => (row.output?.length ?? 0) + (events.get(row.eventId)?.data.length ?? 0),
  });
}

async function pageOfRuns(query: RunQuery, filter: RunFilter, deps: ServerDeps): Promise<Rows<RunRow>> {
  const { search, cursor, limit } = query;
  if (search !== undefined) return await searchRuns(search, query, filter, deps);
  // One more than the page holds tells whether there is another page.
  const from = cursor === undefined ? {} : { cursor };
  return pageOf(await deps.store.listRuns({ ...filter, ...from, limit: limit + 1 }), limit);
}

/** A page of runs that the query is about, and that are also `only` those. */
export async function listRuns(
  query: RunQuery,
  deps: ServerDeps,
  only: RunFilter = {},
): Promise<Rows<RunView>> {
  const { rows, page } = await pageOfRuns(query, { ...runFilter(query), ...only }, deps);
  const events = await eventsOf(deps.store, rows);
  const names = new Map(deps.engine.functions().map((fn) => [fn.slug, fn.config.name]));
  const view = (row: RunRow) =>
    runViewV2(row, {
      functionName: names.get(row.functionId) ?? row.functionId,
      event: events.get(row.eventId),
      includeOutput: query.includeOutput ?? false,
    });
  return { rows: rows.map(view), page };
}

async function getRun(runId: string, includeOutput: boolean, deps: ServerDeps): Promise<RunView> {
  const found = await deps.store.getRun(runId);
  if (!found) throw runNotFound(runId);
  // Only these may have steps to undo.
  const isUndone = found.status === "failed" || found.status === "cancelled";
  // Nothing of steps' results is shown.
  const load = { longestOutput: LISTED_VALUE_LENGTH };
  const loaded = isLive(found) ? await deps.store.loadRun(runId, load) : null;
  const ops = ROLLBACK_OPS;
  const undone = loaded?.steps ?? (isUndone ? await deps.store.listSteps({ runId, ops }) : []);
  const [event] = await deps.store.getEvents([found.eventId]);
  return runViewV2(loaded?.run ?? found, {
    functionName: functionName(deps, found.functionId),
    event,
    includeOutput,
    rollback: rollbackView(undone),
    fork: { statuses: await statusesOf(deps.store, forkedFrom(found)) },
    waiting: loaded ? waitingFor(loaded.run, loaded.steps, loaded.waits) : [],
    blocker: loaded ? await deps.engine.diagnosis.blockerOf(loaded) : null,
  });
}

type Scores = z.output<typeof scores>["scores"];

async function noteScores(runId: string, given: Scores, deps: ServerDeps) {
  const noted = [];
  for (const { name, value, stepId, experiment } of given) {
    const values = { value, ...(experiment && { experiment }) };
    const target = stepId === undefined ? {} : { step_id: stepId };
    const metadata = [{ kind: `score:${name}`, op: "set" as const, values }];
    const all = await noteMetadata(runId, { target, metadata }, deps);
    noted.push(...all.filter(({ kind }) => kind === `score:${name}`));
  }
  return noted;
}

/** Runs of the v2 API (SERVER §4.4). */
export const runEndpoints: Endpoint[] = [
  endpoint({
    id: "listRuns",
    method: "GET",
    path: "/v2/runs",
    summary: "Runs, filtered and searched",
    scope: "read",
    query: runQuery,
    answer: v2Page(run),
    errors: ["invalid_expression"],
    handle: ({ query }, deps) => listRuns(query, deps),
  }),
  endpoint({
    id: "getRun",
    method: "GET",
    path: "/v2/runs/:run",
    summary: "One run, with what it waits for",
    scope: "read",
    query: z.object({ includeOutput: flag("With its output. Default `true`.") }),
    answer: v2(run),
    errors: ["run_not_found"],
    handle: ({ params, query }, deps) => getRun(params.run, query.includeOutput ?? true, deps),
  }),
  endpoint({
    id: "getTrace",
    method: "GET",
    path: "/v2/runs/:run/trace",
    summary: "The whole account of a run: its steps and their attempts, its defers, what was noted about it",
    scope: "read",
    query: z.object({ includeOutput: flag("With inputs and outputs. Default `false`.") }),
    answer: v2(trace),
    errors: ["run_not_found"],
    handle: ({ params, query }, deps) =>
      readTrace(params.run, { includeOutput: query.includeOutput ?? false }, deps),
  }),
  endpoint({
    id: "cancelRun",
    method: "POST",
    path: "/v2/runs/:run/cancel",
    summary: "Cancels a run. A step that is running completes first",
    scope: "write",
    body: z.object({
      children: z
        .boolean()
        .optional()
        .describe("Also the runs that it invoked, and theirs. Default `false`."),
      reason: z.string().max(500).optional(),
    }),
    isBodyOptional: true,
    answer: v2(runRef),
    errors: ["run_not_found", "run_already_ended"],
    async handle({ params, body }, { engine }) {
      const { children = false, reason = "api" } = body;
      await engine.cancelRun({ runId: params.run, children, reason });
      return { runId: params.run };
    },
  }),
  endpoint({
    id: "rerunRun",
    method: "POST",
    path: "/v2/runs/:run/rerun",
    summary:
      "Repeats a run on the current code with all its events; from a step, those before it keep their results",
    scope: "write",
    body: rerunRequest,
    isBodyOptional: true,
    answer: v2(runRef),
    errors: ["run_not_found", "step_not_found", "ambiguous_step"],
    handle: ({ params, body }, { engine }) => engine.rerun({ runId: params.run, from: body.fromStep }),
  }),
  endpoint({
    id: "noteScores",
    method: "POST",
    path: "/v2/runs/:run/scores",
    summary: "Notes scores of a run or a step; its trace shows them as metadata of the kind `score:<name>`",
    scope: "write",
    body: scores,
    answer: v2(z.array(metadataEntry)),
    errors: ["run_not_found", "metadata_too_large"],
    handle: ({ params, body }, deps) => noteScores(params.run, body.scores, deps),
  }),
  endpoint({
    id: "listRunsOfEvent",
    method: "GET",
    path: "/v2/events/:event/runs",
    summary: "The runs an event started",
    scope: "read",
    query: runQuery,
    answer: v2Page(run),
    errors: ["event_not_found", "invalid_expression"],
    async handle({ params, query }, deps) {
      const event = await findEvent(deps.store, params.event);
      return await listRuns(query, deps, { eventId: event.id });
    },
  }),
];
