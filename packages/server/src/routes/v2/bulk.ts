import type { JobKind } from "@stepfast/engine";
import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { bulkJob, bulkPreview, bulkRequest, replayRequest } from "../../schemas/job.ts";
import { bulkFilter, bulkJobView, bulkPreviewView } from "../../views/bulk-job.ts";
import { pageOf } from "../../views/envelope.ts";
import { MAX_PAGE } from "../run-filter.ts";

interface Wording {
  kind: JobKind;
  path: "/v2/cancellations" | "/v2/replays";
  /** `Cancellation`: as operations are named. */
  name: string;
  start: string;
}

async function start(kind: JobKind, request: z.output<typeof replayRequest>, { engine }: ServerDeps) {
  const filter = bulkFilter(request);
  if (request.dryRun) return bulkPreviewView(await engine.jobs.preview(kind, filter));
  return bulkJobView(await engine.jobs.start(kind, filter, request.reason ?? null));
}

function bulkEndpoints({ kind, path, name, start: summary }: Wording): Endpoint[] {
  return [
    endpoint({
      id: `start${name}`,
      method: "POST",
      path,
      summary,
      scope: "write",
      body: kind === "replay" ? replayRequest : bulkRequest,
      answer: v2(z.union([bulkJob, bulkPreview]), 202),
      errors: ["invalid_expression"],
      handle: ({ body }, deps) => start(kind, body, deps),
    }),
    endpoint({
      id: `list${name}s`,
      method: "GET",
      path,
      summary: "Those under way, and those that ended within a week",
      scope: "read",
      query: z.object(paging(MAX_PAGE)),
      answer: v2Page(bulkJob),
      async handle({ query }, { engine }) {
        const from = query.cursor === undefined ? {} : { cursor: query.cursor };
        const jobs = await engine.jobs.list(kind, { ...from, limit: query.limit + 1 });
        const { rows, page } = pageOf(jobs, query.limit);
        return { rows: rows.map(bulkJobView), page };
      },
    }),
    endpoint({
      id: `get${name}`,
      method: "GET",
      path: `${path}/:job`,
      summary: "One of them, and how far it has come",
      scope: "read",
      answer: v2(bulkJob),
      errors: ["job_not_found"],
      handle: async ({ params }, { engine }) => bulkJobView(await engine.jobs.get(params.job)),
    }),
    endpoint({
      id: `stop${name}`,
      method: "DELETE",
      path: `${path}/:job`,
      summary: "Stops it. What was done stays done",
      scope: "write",
      answer: v2(bulkJob),
      errors: ["job_not_found"],
      handle: async ({ params }, { engine }) => bulkJobView(await engine.jobs.stop(params.job)),
    }),
  ];
}

/** Bulk operations of the v2 API. */
export const bulkOperationEndpoints: Endpoint[] = [
  ...bulkEndpoints({
    kind: "cancel",
    path: "/v2/cancellations",
    name: "Cancellation",
    start: "Cancels all live runs that match, in the background. Steps that are running complete first",
  }),
  ...bulkEndpoints({
    kind: "replay",
    path: "/v2/replays",
    name: "Replay",
    start: "Repeats all ended runs that match, on the current code, in the background",
  }),
];
