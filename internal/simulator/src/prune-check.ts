import type { LoadedRun, PruneParams, PruneResult, Store } from "@stepfast/store";
import type { History } from "./history.ts";

/** Carries a pruning out, and looks at what is gone. */
export async function inspectPrune(
  store: Store,
  history: History,
  params: PruneParams,
): Promise<PruneResult> {
  const runIds = [...history.runs.keys()].filter((id) => !history.pruned.has(id));
  const before = await Promise.all(runIds.map((id) => store.loadRun(id)));
  const known = [...history.events.keys()].filter((id) => !history.prunedEvents.has(id));
  const kept = await store.getEvents(known);
  const result = await store.prune(params);
  const left = await Promise.all(runIds.map((id) => store.getRun(id)));
  const leftEvents = await store.getEvents(known);
  return history.inOrder(async () => {
    const isLeft = new Set(left.flatMap((run) => (run ? [run.id] : [])));
    const gone = before.filter((run): run is LoadedRun => run !== null && !isLeft.has(run.run.id));
    for (const run of gone) history.pruned.set(run.run.id, run);
    checkRuns(history, gone, isLeft, params);
    if (gone.length !== result.runs)
      history.journal.violate("pruning-counts", `${gone.length} runs are gone, it says ${result.runs}`);
    const isKept = new Set(leftEvents.map(({ id }) => id));
    const goneEvents = kept.map(({ id }) => id).filter((id) => !isKept.has(id));
    checkEvents(history, goneEvents, isLeft, params);
    history.journal.note(`pruned ${result.runs} runs, ${result.events} events`);
    return result;
  });
}

function checkRuns(
  history: History,
  gone: LoadedRun[],
  left: Set<string>,
  { endedBefore }: PruneParams,
): void {
  for (const { run } of gone) {
    const before = endedBefore[run.status];
    if (run.endedAt === null || before === undefined || run.endedAt >= before)
      history.journal.violate(
        "only-what-is-old-is-pruned",
        `${run.id} is ${run.status}, ended at ${run.endedAt}`,
      );
    const parent = run.parentRunId;
    if (parent !== null && left.has(parent))
      history.journal.violate("trees-are-pruned-whole", `${run.id} is gone, its parent ${parent} is not`);
  }
  const isGone = new Set(gone.map(({ run }) => run.id));
  for (const { id, parentRunId } of history.runs.values()) {
    if (parentRunId !== null && isGone.has(parentRunId) && left.has(id))
      history.journal.violate("trees-are-pruned-whole", `${id} is there, its parent ${parentRunId} is gone`);
  }
}

function checkEvents(
  history: History,
  gone: string[],
  left: Set<string>,
  { eventsBefore }: PruneParams,
): void {
  const used = new Set<string>();
  for (const { id, eventId } of history.runs.values()) if (left.has(id)) used.add(eventId);
  for (const id of gone) {
    history.prunedEvents.add(id);
    const { receivedAt = 0 } = history.events.get(id) ?? {};
    if (used.has(id) || eventsBefore === null || receivedAt >= eventsBefore)
      history.journal.violate(
        "only-what-is-old-is-pruned",
        `event ${id} was received at ${receivedAt}, and is gone`,
      );
  }
}
