import type { Json } from "@stepfast/protocol";
import type { RunRow, Store } from "@stepfast/store";
import type { BulkFilter } from "../domain/bulk-job.ts";
import { eventPayload } from "../domain/event-row.ts";
import { SearchExpression, type SearchVars } from "../domain/expression/search.ts";
import { forkOf } from "../domain/fork.ts";

/** Those of a page for which what the page was not asked for holds, too. Throws `invalid_expression`. */
export async function matchingRuns(store: Store, page: RunRow[], filter: BulkFilter): Promise<RunRow[]> {
  const wanted = filter.runIds ? page.filter((run) => filter.runIds?.includes(run.id)) : page;
  const meant = await meantBy(store, wanted, filter);
  return filter.skipRepeated ? await unrepeated(store, meant) : meant;
}

async function meantBy(store: Store, wanted: RunRow[], filter: BulkFilter): Promise<RunRow[]> {
  if (filter.expression === undefined || wanted.length === 0) return wanted;
  const expression = new SearchExpression(filter.expression);
  const rows = await store.getEvents(wanted.map((run) => run.eventId));
  const events = new Map(rows.map((row) => [row.id, eventPayload(row)]));
  return wanted.filter((run) => expression.test(searchVars(run, events.get(run.eventId) ?? null)));
}

/** Repeats of a run that are looked at: who has more of them is meant. */
const FAMILY = 400;

async function unrepeated(store: Store, runs: RunRow[]): Promise<RunRow[]> {
  const found: RunRow[] = [];
  for (const run of runs) {
    const originalRunId = run.originalRunId ?? run.id;
    const family = await store.listRuns({ originalRunId, limit: FAMILY });
    if (!family.some((each) => repeats(each, run))) found.push(run);
  }
  return found;
}

/** One that was skipped has repeated nothing. */
function repeats(each: RunRow, { id }: RunRow): boolean {
  return each.status !== "skipped" && (forkOf(each)?.of ?? each.originalRunId) === id;
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
