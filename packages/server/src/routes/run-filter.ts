import { StepfastError } from "@stepfast/protocol";
import type { RunFilter } from "@stepfast/store";
import type { Query } from "../http/query.ts";

export const MAX_PAGE = 200;

const statuses = ["queued", "running", "completed", "failed", "cancelled", "skipped"] as const;
const timeFields = ["queuedAt", "startedAt", "endedAt"] as const;

/** Functions may be named by their slug, or by their own id where the app is given. */
function functionIds(ids: string[], appIds: string[]): string[] {
  return ids.flatMap((id) => [id, ...appIds.map((appId) => `${appId}-${id}`)]);
}

/** The run filters of `GET /v2/runs` (SERVER §4.4). `limit` is that of the page. */
export function runFilter(query: Query): { filter: RunFilter; limit: number; includeOutput: boolean } {
  const limit = query.limit({ fallback: 20, max: MAX_PAGE });
  const status = query.someOf("status", statuses);
  const appIds = query.list("appId");
  const functions = functionIds(query.list("functionId"), appIds);
  const isDeferred = query.flag("isDeferred");
  const from = query.time("from");
  const until = query.time("until");
  const cursor = query.text("cursor");
  if (from !== undefined && until !== undefined && from > until) {
    throw new StepfastError("invalid_request", 'The query parameter "from" must not be later than "until"');
  }
  // One more than the page holds tells whether there is another page.
  const filter: RunFilter = { limit: limit + 1, order: query.oneOf("order", ["asc", "desc"]) ?? "desc" };
  if (status.length > 0) filter.status = status;
  if (appIds.length > 0) filter.appIds = appIds;
  if (functions.length > 0) filter.functionIds = functions;
  if (isDeferred !== undefined) filter.origins = isDeferred ? ["defer"] : ["event", "invoke", "cron"];
  if (from !== undefined) filter.from = from;
  if (until !== undefined) filter.until = until;
  if (cursor !== undefined) filter.cursor = cursor;
  filter.timeField = query.oneOf("timeField", timeFields) ?? "queuedAt";
  return { filter, limit, includeOutput: query.flag("includeOutput") ?? false };
}
