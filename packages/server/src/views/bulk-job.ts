import type { BulkFilter, JobPreview, JobView, PauseState } from "@stepfast/engine";
import type { RunRow } from "@stepfast/store";
import type { z } from "zod";
import type { bulkJob, bulkPreview, pause, replayRequest } from "../schemas/job.ts";
import { isoText, isoTime } from "./envelope.ts";
import { statusV2 } from "./run.ts";

/** The engine's filter. Functions may be named by their own id where an app is given. */
export function bulkFilter(request: z.output<typeof replayRequest>): BulkFilter {
  const { appId = [], functionId, status, from, until, expression, skipRepeated } = request;
  const filter: BulkFilter = {};
  if (appId.length > 0) filter.appIds = appId;
  if (functionId)
    filter.functionIds = functionId.flatMap((id) => [id, ...appId.map((app) => `${app}-${id}`)]);
  if (status) filter.statuses = status.map((each) => each.toLowerCase() as RunRow["status"]);
  if (from !== undefined) filter.from = from;
  if (until !== undefined) filter.until = until;
  if (expression !== undefined) filter.expression = expression;
  if (skipRepeated) filter.skipRepeated = true;
  return filter;
}

export function bulkJobView(job: JobView): z.input<typeof bulkJob> {
  const { id, kind, status, looked: lookedAt, matched, reason } = job;
  const { from, until, ...others } = job.filter;
  const filter = {
    ...others,
    ...(from === undefined ? {} : { from: isoText(from) }),
    ...(until === undefined ? {} : { until: isoText(until) }),
  };
  const times = { createdAt: isoText(job.createdAt), endedAt: isoTime(job.endedAt) };
  const unjudged = { count: job.unjudged, runIds: job.unjudgedRuns };
  return { id, kind, status, lookedAt, matched, unjudged, filter, reason, ...times };
}

export function bulkPreviewView(preview: JobPreview): z.input<typeof bulkPreview> {
  const { matched, isComplete, runs } = preview;
  const view = (run: RunRow) => ({
    id: run.id,
    functionId: run.functionId,
    status: statusV2(run),
    queuedAt: isoText(run.queuedAt),
  });
  const unjudged = { count: preview.unjudged, runIds: preview.unjudgedRuns };
  return { dryRun: true, matched, isComplete, runs: runs.map(view), unjudged };
}

export function pauseView({ at, events, runs, reason }: PauseState): z.input<typeof pause> {
  return { pausedAt: isoText(at), events, runs, reason };
}
