import { StepfastError } from "@stepfast/protocol";
import type { RunFilter } from "@stepfast/store";
import { z } from "zod";
import { flag, instant, oneOf, paging, someOf, text, texts } from "../api/query-field.ts";
import { runStatuses } from "../schemas/run.ts";

export const MAX_PAGE = 200;

/** The filters that every list of runs has (SERVER §4.4). */
export const runQuery = z.object({
  status: someOf(runStatuses, "Any of these statuses."),
  appId: texts("Any of these apps."),
  functionId: texts("Any of these functions: full ids, or own ids where `appId` is given."),
  originalRunId: text("Runs that repeat this one, also by way of others: the first of a chain of reruns."),
  isDeferred: flag("`true`: only deferred runs, `false`: only others."),
  from: instant("From then on."),
  until: instant("Before that."),
  timeField: oneOf(["queuedAt", "startedAt", "endedAt"], "queuedAt", "What `from` and `until` are about."),
  order: oneOf(["asc", "desc"], "desc", "`desc`: the newest first."),
  search: text("CEL over `event`, `output`, `error` and `run`; see docs/expressions.md."),
  includeOutput: flag("With outputs. Default `false`."),
  ...paging(MAX_PAGE),
});

export type RunQuery = z.output<typeof runQuery>;

/** Functions may be named by their slug, or by their own id where the app is given. */
function functionIds(ids: string[], appIds: string[]): string[] {
  return ids.flatMap((id) => [id, ...appIds.map((appId) => `${appId}-${id}`)]);
}

/** The filter of the store; not its page. */
export function runFilter(query: RunQuery): RunFilter {
  const { status, appId, originalRunId, isDeferred, from, until, timeField, order } = query;
  if (from !== undefined && until !== undefined && from > until) {
    throw new StepfastError("invalid_request", 'The query parameter "from" must not be later than "until"');
  }
  const filter: RunFilter = { order, timeField };
  const functions = functionIds(query.functionId, appId);
  if (status.length > 0) filter.status = status.map((each) => each.toLowerCase() as Lowercase<typeof each>);
  if (appId.length > 0) filter.appIds = appId;
  if (functions.length > 0) filter.functionIds = functions;
  if (isDeferred !== undefined) filter.origins = isDeferred ? ["defer"] : ["event", "invoke", "cron"];
  if (originalRunId !== undefined) filter.originalRunId = originalRunId;
  if (from !== undefined) filter.from = from;
  if (until !== undefined) filter.until = until;
  return filter;
}
