import { isOmitted, type Json, valueLength } from "@stepfast/protocol";
import type { EventRow, RunRow, Store } from "@stepfast/store";
import type { BulkFilter } from "../../domain/bulk-job.ts";
import { eventPayload } from "../../domain/event-row.ts";
import { SearchExpression, type SearchVars } from "../../domain/expression/search.ts";
import { forkOf } from "../../domain/fork.ts";

/** Characters of an output, or of an event's data, that are read to judge a run by them. */
const MOST_JUDGED = 64 * 1024 * 1024;
/** Events that are read at once: more of them while they are small. */
const EVENTS = { first: 4, most: 100, smallLength: 4 * 1024 * 1024 };

export interface MatchingRuns {
  /** How many of the page were looked at: all, or those up to the last that is wanted. */
  looked: number;
  matching: RunRow[];
  /** It is not known whether they match: their values are too large, or the condition costs too much on them. */
  unjudged: RunRow[];
}

/**
 * Those of a page for which what the page was not asked for holds, too, `enough` of them. What a list leaves out of a run is
 * read where the condition is about it, one run at a time. Throws `invalid_expression`.
 */
export async function matchingRuns(
  store: Store,
  page: RunRow[],
  filter: BulkFilter,
  enough = Infinity,
): Promise<MatchingRuns> {
  const found: MatchingRuns = { looked: 0, matching: [], unjudged: [] };
  const judge = filter.expression === undefined ? null : new Judge(store, filter.expression);
  for (const run of page) {
    if (found.matching.length >= enough) break;
    const isWanted = filter.runIds?.includes(run.id) ?? true;
    const verdict = isWanted && (judge === null || (await judge.holds(run, page, found.looked)));
    found.looked++;
    if (verdict !== false && filter.skipRepeated && (await isRepeated(store, run))) continue;
    if (verdict === true) found.matching.push(run);
    else if (verdict === null) found.unjudged.push(run);
  }
  return found;
}

/** Repeats of a run that are looked at: who has more of them is meant. */
const FAMILY = 400;

async function isRepeated(store: Store, run: RunRow): Promise<boolean> {
  const originalRunId = run.originalRunId ?? run.id;
  const family = await store.listRuns({ originalRunId, limit: FAMILY });
  return family.some((each) => repeats(each, run));
}

/** One that was skipped has repeated nothing. */
function repeats(each: RunRow, { id }: RunRow): boolean {
  return each.status !== "skipped" && (forkOf(each)?.of ?? each.originalRunId) === id;
}

/** Whether a condition holds for runs, which are asked for in the order of their page. */
class Judge {
  readonly #store: Store;
  readonly #expression: SearchExpression;
  readonly #events = new Map<string, EventRow>();
  #ahead: number = EVENTS.first;
  /** Position in the page up to which events were read. */
  #readTo = 0;

  constructor(store: Store, expression: string) {
    this.#store = store;
    this.#expression = new SearchExpression(expression);
  }

  /** Null: it cannot be said. */
  async holds(run: RunRow, page: RunRow[], position: number): Promise<boolean | null> {
    if (this.#expression.mentions("event") && position >= this.#readTo)
      await this.#readEvents(page, position);
    const event = this.#events.get(run.eventId);
    const output = await this.#outputOf(run);
    if (output === undefined || (event && event.data.length > MOST_JUDGED)) return null;
    return this.#expression.judge(searchVars(run, output, event ? eventPayload(event) : null));
  }

  async #readEvents(page: RunRow[], from: number): Promise<void> {
    const ids = page.slice(from, from + this.#ahead).map((run) => run.eventId);
    this.#readTo = from + this.#ahead;
    this.#events.clear();
    let length = 0;
    for (const row of await this.#store.getEvents([...new Set(ids)])) {
      this.#events.set(row.id, row);
      length += row.data.length;
    }
    this.#ahead = length > EVENTS.smallLength ? 1 : Math.min(EVENTS.most, 2 * this.#ahead);
  }

  /** Undefined: it is too large to be read. */
  async #outputOf(run: RunRow): Promise<string | null | undefined> {
    const isAsked = this.#expression.mentions("output") || this.#expression.mentions("error");
    if (!isAsked || !isOmitted(run.output)) return isAsked ? run.output : null;
    if (valueLength(run.output) > MOST_JUDGED) return undefined;
    // Deleted a moment ago: then nothing is done to it.
    return (await this.#store.getRun(run.id))?.output ?? null;
  }
}

function searchVars(run: RunRow, output: string | null, event: SearchVars["event"]): SearchVars {
  const result = output === null ? null : (JSON.parse(output) as Json);
  const { id, status, functionId, appId, attempt } = run;
  const isFailure = status === "failed" || status === "cancelled";
  return {
    event,
    output: isFailure ? null : result,
    error: isFailure ? result : null,
    run: { id, status, function: functionId, app: appId, attempt },
  };
}
