import {
  type ChangeSet,
  type CommitResult,
  isShared,
  type LoadedRun,
  type SharedStore,
  type Store,
} from "@stepfast/store";
import { checkCommit } from "./commit-check.ts";
import { isWatched, type WatchedCommit } from "./ground/ground.ts";
import { looks } from "./ground/store-calls.ts";
import type { History } from "./history.ts";
import { inspectPrune } from "./prune-check.ts";

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
  view.prune = (params) => inspectPrune(store, history, params);
  view.claim = async (params) => {
    const runs = await store.claim(params);
    for (const run of runs) history.claimed(node, run);
    return runs;
  };
  if (isShared(store))
    Object.assign(view, { news: (params: Parameters<SharedStore["news"]>[0]) => store.news(params) });
  return view;
}

const passedOn = [
  ...looks.filter((name) => name !== "news"),
  ...(["unblock", "putApp", "setFunction", "deleteApp"] as const),
  ...(["putDocument", "deleteDocument", "close"] as const),
];

/** A commit, and the runs it touches before and after it. The memory store takes effect when it is called. */
async function watchCommit(store: Store, changes: ChangeSet, ids: string[]): Promise<WatchedCommit> {
  if (isWatched(store)) return store.commitWatched(changes, ids);
  const before = ids.map((id) => store.loadRun(id));
  const committed = store.commit(changes);
  const after = ids.map((id) => store.loadRun(id));
  return { result: await committed, before: await existing(before), after: await existing(after) };
}

async function inspectCommit(
  store: Store,
  history: History,
  node: string,
  changes: ChangeSet,
): Promise<CommitResult> {
  const ids = [...touchedRuns(changes)];
  const seen = history.beginWrite(ids);
  const watched = watchCommit(store, changes, ids).finally(() => history.endWrite(ids));
  return history.inOrder(async () => {
    try {
      const { result, before, after } = await watched;
      const commit = { node, changes, seen, before: byId(before), after: byId(after) };
      if (result.ok) checkCommit(history, commit);
      else history.journal.note(`${node} commit refused ${JSON.stringify(result.conflict)}`);
      return result;
    } catch (error) {
      history.journal.violate(
        "changes-make-sense",
        `${node} commits ${JSON.stringify(changes)}: ${String(error)}`,
      );
      throw error;
    }
  });
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

async function existing(loading: Promise<LoadedRun | null>[]): Promise<LoadedRun[]> {
  return (await Promise.all(loading)).filter((run) => run !== null);
}

function byId(loaded: LoadedRun[]): Map<string, LoadedRun> {
  return new Map(loaded.map((run) => [run.run.id, run]));
}
