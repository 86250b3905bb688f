import type { Json } from "@stepfast/protocol";
import type { RunRow, Store } from "@stepfast/store";
import type { BulkFilter } from "../domain/bulk-job.ts";
import { eventPayload } from "../domain/event-row.ts";
import { SearchExpression, type SearchVars } from "../domain/expression/search.ts";

/** Those of a page for which what the page was not asked for holds, too. Throws `invalid_expression`. */
export async function matchingRuns(store: Store, page: RunRow[], filter: BulkFilter): Promise<RunRow[]> {
  const wanted = filter.runIds ? page.filter((run) => filter.runIds?.includes(run.id)) : page;
  if (filter.expression === undefined || wanted.length === 0) return wanted;
  const expression = new SearchExpression(filter.expression);
  const rows = await store.getEvents(wanted.map((run) => run.eventId));
  const events = new Map(rows.map((row) => [row.id, eventPayload(row)]));
  return wanted.filter((run) => expression.test(searchVars(run, events.get(run.eventId) ?? null)));
}

function searchVars(run: RunRow, event: SearchVars["event"]): SearchVars {
  const result = run.output === null ? null : (JSON.parse(run.output) as Json);
  const { id, status, functionId, appId, attempt } = run;
  const isFailure = status === "failed" || status === "cancelled";
  return {
    event,
    output: isFailure ? null : result,
    error: isFailure ? result : null,
    run: { id, status, function: functionId, app: appId, attempt },
  };
}
