import type { Guard, RunPatch, RunRow } from "@stepfast/store";
import type { LeasedRun } from "./flow/lanes.ts";

/** Parked runs that become a node's own in the commit that has news for them: nobody has to claim them first. */
export interface Takeover {
  guards: Guard[];
  runs: RunPatch[];
  leased: LeasedRun[];
}

/** `ownerOfNext`: the session that owns the run beside `count` that it gets now; null: the run stays where it is. */
export function takeover(
  runs: readonly RunRow[],
  ownerOfNext: (count: number, run: RunRow) => string | null,
): Takeover {
  const taken: Takeover = { guards: [], runs: [], leased: [] };
  for (const run of runs) {
    const owner = run.owner === null ? ownerOfNext(taken.leased.length, run) : null;
    if (owner === null) continue;
    const { id, functionId, blocked } = run;
    const epoch = run.epoch + 1;
    taken.guards.push({ kind: "unowned", runId: id, epoch: run.epoch });
    taken.runs.push({ id, owner, epoch, wakeAt: null, blocked: null });
    taken.leased.push({ id, functionId, owner, epoch, blocked });
  }
  return taken;
}
