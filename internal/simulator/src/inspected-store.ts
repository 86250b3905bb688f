import {
  type ChangeSet,
  type CommitResult,
  isShared,
  type LoadedRun,
  type SharedStore,
  type Store,
} from "@stepfast/store";
import { checkCommit } from "./commit-check.ts";
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
  if (isShared(store)) Object.assign(view, shared(store));
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
  return view;
}

function shared(store: SharedStore) {
  return {
    news: (params: Parameters<SharedStore["news"]>[0]) => store.news(params),
    onHint: (listener: () => void) => store.onHint(listener),
  };
}

const passedOn = [
  "nextWakeAt",
  "unblock",
  "loadRun",
  "getRun",
  "listRuns",
  "listAttempts",
  "listMetadata",
  "getEvents",
  "listEvents",
  "waitPaths",
  "findWaits",
  "getGates",
  "listGates",
  "dueGates",
  "nextGateAt",
  "listParked",
  "putApp",
  "setFunction",
  "deleteApp",
  "listApps",
  "listFunctions",
  "putDocument",
  "getDocument",
  "listDocuments",
  "deleteDocument",
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
  return history.inOrder(async () => {
    try {
      const result = await committed;
      const commit = { node, changes, before: await byId(before), after: await byId(after) };
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

async function byId(loading: Promise<LoadedRun | null>[]): Promise<Map<string, LoadedRun>> {
  const loaded = await Promise.all(loading);
  return new Map(loaded.flatMap((run) => (run ? [[run.run.id, run] as const] : [])));
}
