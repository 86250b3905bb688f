import { type Json, parseDuration } from "@stepfast/protocol";
import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { count, paging, text } from "../../api/query-field.ts";
import { operatorOf } from "../../auth/operator.ts";
import type { ServerDeps } from "../../deps.ts";
import { functionLimits, newLimit, queue } from "../../schemas/limit.ts";
import { limitsView, queueView } from "../../views/limit.ts";
import { functionOfApp } from "../lookup.ts";
import { MAX_PAGE } from "../run-filter.ts";

async function idOf(params: { app: string; function: string }, { store }: ServerDeps): Promise<string> {
  return (await functionOfApp(store, params.app, params.function)).fn.id;
}

function numbersOf({ limit, period, burst }: z.output<typeof newLimit>) {
  const periodMs = period === undefined ? undefined : parseDuration(period);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(periodMs === undefined ? {} : { periodMs }),
    ...(burst === undefined ? {} : { burst }),
  };
}

/** In a URL a text may be written as it is, any other value as JSON. */
function keyOf(given: string | undefined): Json | undefined {
  if (given === undefined) return undefined;
  try {
    return JSON.parse(given) as Json;
  } catch {
    return given;
  }
}

/** Limits that are changed while functions run, and the queues at them. */
export const limitEndpoints: Endpoint[] = [
  endpoint({
    id: "getLimits",
    method: "GET",
    path: "/v2/apps/:app/functions/:function/limits",
    summary: "A function's limits: as configured, as they are in force, and what was changed",
    scope: "read",
    answer: v2(functionLimits),
    errors: ["app_not_found", "function_not_found"],
    async handle({ params }, deps) {
      return limitsView(deps.engine.limits.list(await idOf(params, deps)));
    },
  }),
  endpoint({
    id: "setLimit",
    method: "PUT",
    path: "/v2/apps/:app/functions/:function/limits/:limit",
    summary: "Changes a limit, or that of one value of its key; it stays so over syncs and restarts",
    scope: "write",
    body: newLimit,
    answer: v2(functionLimits),
    errors: ["app_not_found", "function_not_found", "changed_meanwhile"],
    async handle({ params, body, request }, deps) {
      const choice = { functionId: await idOf(params, deps), limit: params.limit, key: body.key as Json };
      const author = { by: operatorOf(request), version: body.version };
      return limitsView(await deps.engine.limits.set(choice, numbersOf(body), author));
    },
  }),
  endpoint({
    id: "resetLimit",
    method: "DELETE",
    path: "/v2/apps/:app/functions/:function/limits/:limit",
    summary: "Puts a limit, or that of one value of its key, back to what is configured",
    scope: "write",
    query: z.object({
      key: text("Only for this value of the limit's key: a text, or JSON."),
      version: count("Only if the function's limits still have this version."),
    }),
    answer: v2(functionLimits),
    errors: ["app_not_found", "function_not_found", "changed_meanwhile"],
    async handle({ params, query, request }, deps) {
      const choice = { functionId: await idOf(params, deps), limit: params.limit, key: keyOf(query.key) };
      const author = { by: operatorOf(request), version: query.version };
      return limitsView(await deps.engine.limits.set(choice, null, author));
    },
  }),
  endpoint({
    id: "listQueues",
    method: "GET",
    path: "/v2/queues",
    summary: "Where runs wait at limits, by function and key: how many, and since when",
    scope: "read",
    query: z.object({ functionId: text("Only this function's own limits."), ...paging(MAX_PAGE) }),
    answer: v2Page(queue),
    async handle({ query }, { engine }) {
      const { functionId, cursor, limit } = query;
      const page = await engine.queues.page({ functionId, cursor, limit });
      const { queues: rows, cursor: next } = page;
      return { rows: rows.map(queueView), page: { cursor: next, hasMore: next !== null, limit } };
    },
  }),
];
