import { LISTED_VALUE_LENGTH, type RunFilter, type RunRow, type Store } from "@stepfast/store";
import type { ServerDeps } from "../deps.ts";
import { runNotFound } from "../routes/lookup.ts";
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

/** A run's trace. Throws `run_not_found`. */
export async function readTrace(
  runId: string,
  options: { includeOutput: boolean },
  { store, engine }: ServerDeps,
): Promise<Trace> {
  const load = options.includeOutput ? {} : { longestOutput: LISTED_VALUE_LENGTH };
  const loaded = await store.loadRun(runId, load);
  if (!loaded) throw runNotFound(runId);
  const [attempts, children, metadata] = await Promise.all([
    store.listAttempts(runId),
    childrenOf(store, runId),
    store.listMetadata(runId),
  ]);
  const slug = loaded.run.functionId;
  const functionName = engine.functions().find((fn) => fn.slug === slug)?.config.name ?? slug;
  return buildTrace({ loaded, attempts, children, functionName, metadata }, options);
}
