import type { ChangeSet, CommitResult, LoadedRun, RunRow, Store } from "@stepfast/store";
import { checkCommit } from "./commit-check.ts";
import type { History } from "./history.ts";

/** The store that all nodes share, seen through the eyes of the checks: each node has its own view of it. */
export function inspectedStore(store: Store, history: History, node: string): Store {
  const view = Object.create(store) as Store;
  for (const name of passedOn) {
    Object.assign(view, {
      [name]: (...args: unknown[]) => (store[name] as (...args: unknown[]) => unknown)(...args),
    });
  }
  view.commit = (changes) => inspectCommit(store, history, node, changes);
  view.heartbeat = async (params) => {
    const isAlive = await store.heartbeat(params);
    history.heartbeat(node, params.owner, params.until, isAlive);
    return isAlive;
  };
  view.reclaim = (params) => {
    history.reclaimed(params.now);
    return store.reclaim(params);
  };
  view.endSession = (params) => {
    history.sessionEnded(params.owner);
    return store.endSession(params);
  };
  view.claim = async (params) => {
    const runs = await store.claim(params);
    for (const run of runs) history.claimed(node, run);
    return runs;
  };
  return view;
}

const passedOn = [
  "nextWakeAt",
  "unblock",
  "loadRun",
  "getRun",
  "listRuns",
  "listAttempts",
  "getEvents",
  "listEvents",
  "waitPaths",
  "findWaits",
  "putApp",
  "deleteApp",
  "listApps",
  "listFunctions",
  "close",
] as const;

/** The runs a change-set touches, before and after it. The memory store takes effect when it is called. */
async function inspectCommit(
  store: Store,
  history: History,
  node: string,
  changes: ChangeSet,
): Promise<CommitResult> {
  const ids = [...touchedRuns(changes)];
  const before = ids.map((id) => store.loadRun(id));
  const committed = store.commit(changes);
  const after = ids.map((id) => store.loadRun(id));
  const snapshots = await Promise.all([Promise.all(before), Promise.all(after)]);
  const result = await committed.catch((error: unknown) => {
    history.journal.note(`${node} commit throws ${String(error)} ${JSON.stringify(changes)}`);
    throw error;
  });
  if (!result.ok) history.journal.note(`${node} commit refused ${JSON.stringify(result.conflict)}`);
  else checkCommit(history, { node, changes, before: byId(snapshots[0]), after: byId(snapshots[1]) });
  return result;
}

function touchedRuns(changes: ChangeSet): Set<string> {
  const ids = new Set<string>();
  for (const { id } of [...(changes.runs ?? []), ...(changes.newRuns ?? [])]) ids.add(id);
  const lists = [
    changes.steps,
    changes.attempts,
    changes.newWaits,
    changes.closedWaits,
    changes.messages,
    changes.consumed,
  ];
  for (const list of lists) for (const { runId } of list ?? []) ids.add(runId);
  return ids;
}

function byId(loaded: (LoadedRun | null)[]): Map<string, LoadedRun> {
  return new Map(loaded.flatMap((run) => (run ? [[run.run.id, run] as const] : [])));
}

export type { RunRow };
