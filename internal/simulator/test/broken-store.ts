import type { ChangeSet, CommitResult, PruneParams, RunPatch, StepRow, Store } from "@stepfast/store";

type Commit = (changes: ChangeSet) => Promise<CommitResult>;

/** A store that carries change-sets out in its own way. */
export function storeWith(commit: (changes: ChangeSet, carryOut: Commit) => Promise<CommitResult>) {
  return (store: Store): Store => {
    const carryOut: Commit = (changes) => store.commit(changes);
    return new Proxy(store, {
      get(target, name) {
        if (name === "commit") return (changes: ChangeSet) => commit(changes, carryOut);
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  };
}

/** A store that carries out something else than it was asked for. */
export function storeChanging(change: (changes: ChangeSet) => ChangeSet) {
  return storeWith((changes, carryOut) => carryOut(change(changes)));
}

/** A store that prunes something else than it was asked for. */
export function storePruning(change: (params: PruneParams) => PruneParams) {
  return (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        if (name === "prune") return (params: PruneParams) => target.prune(change(params));
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
}

export function changingSteps(change: (step: StepRow) => StepRow[]) {
  return storeChanging((changes) => ({ ...changes, steps: changes.steps?.flatMap(change) }));
}

export function changingRuns(change: (patch: RunPatch) => RunPatch) {
  return storeChanging((changes) => ({ ...changes, runs: changes.runs?.map(change) }));
}

export function withoutGuards(kind: "lease" | "wait" | "waits" | "live" | "gate") {
  return storeChanging((changes) => ({
    ...changes,
    guards: changes.guards?.filter((guard) => guard.kind !== kind),
  }));
}
