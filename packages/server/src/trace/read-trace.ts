import { LISTED_VALUE_LENGTH, type RunFilter, type RunRow, type Store } from "@stepfast/store";
import type { ServerDeps } from "../deps.ts";
import { runNotFound, statusesOf } from "../routes/lookup.ts";
import { forkedFrom } from "../views/fork.ts";
import type { Trace } from "./span.ts";
import { buildTrace } from "./trace.ts";

const CHILDREN_PER_PAGE = 400;

async function childrenOf(store: Store, runId: string): Promise<RunRow[]> {
  const children: RunRow[] = [];
  for (;;) {
    const cursor = children.at(-1)?.id;
    const filter: RunFilter = { parentRunId: runId, order: "asc", limit: CHILDREN_PER_PAGE };
    if (cursor !== undefined) filter.cursor = cursor;
    const page = await store.listRuns(filter);
    children.push(...page);
    if (page.length < CHILDREN_PER_PAGE) return children;
  }
}

/** Runs that are looked at for those that repeat one. */
const FAMILY = 300;

/** The newest of the runs with the same first run. */
async function familyOf(store: Store, run: RunRow): Promise<{ runs: RunRow[]; hasMore: boolean }> {
  const originalRunId = run.originalRunId ?? run.id;
  const runs = await store.listRuns({ originalRunId, limit: FAMILY + 1 });
  return { runs: runs.slice(0, FAMILY), hasMore: runs.length > FAMILY };
}

/** A run's trace. Throws `run_not_found`. */
export async function readTrace(
  runId: string,
  options: { includeOutput: boolean },
  { store, engine }: ServerDeps,
): Promise<Trace> {
  const load = options.includeOutput ? {} : { longestOutput: LISTED_VALUE_LENGTH };
  const loaded = await store.loadRun(runId, load);
  if (!loaded) throw runNotFound(runId);
  const [attempts, children, metadata, statuses, family] = await Promise.all([
    store.listAttempts(runId),
    childrenOf(store, runId),
    store.listMetadata(runId),
    statusesOf(store, forkedFrom(loaded.run)),
    familyOf(store, loaded.run),
  ]);
  const slug = loaded.run.functionId;
  const functionName = engine.functions().find((fn) => fn.slug === slug)?.config.name ?? slug;
  const rows = { loaded, attempts, children, functionName, metadata, statuses, family };
  return buildTrace(rows, options);
}
