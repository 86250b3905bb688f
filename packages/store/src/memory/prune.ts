import type { PruneParams, PruneResult } from "../store.ts";
import { isLive, type StoredRun } from "./run-table.ts";
import type { Tables } from "./tables.ts";

/** A portion looks at roots of trees in order of id, and once there are none left at events; the cursor says where. */
export function prune(tables: Tables, params: PruneParams): PruneResult {
  const [, stage, id] = /^(\w+):(.*)$/s.exec(params.cursor ?? "runs:") ?? [];
  const portion = { ...params, limit: Math.max(1, params.limit) };
  return stage === "runs" ? pruneRuns(tables, portion, id) : pruneEvents(tables, portion, id);
}

function pruneRuns(tables: Tables, params: PruneParams, after: string | undefined): PruneResult {
  let runs = 0;
  let looked = 0;
  let last = "";
  for (const id of [...tables.runs.ids.ascending(after === "" ? undefined : after)]) {
    if (looked === params.limit) return { runs, events: 0, cursor: `runs:${last}` };
    const run = tables.runs.get(id);
    if (run === undefined || !isRoot(tables, run)) continue;
    looked += 1;
    last = id;
    const tree = treeOf(tables, run);
    if (!tree.every((one) => isDue(one, params))) continue;
    for (const one of tree) remove(tables, one);
    runs += tree.length;
  }
  return { runs, events: 0, cursor: "events:" };
}

function remove(tables: Tables, run: StoredRun): void {
  for (const wait of run.waits.values()) tables.waits.remove(wait);
  tables.runs.remove(run.row.id);
}

function isRoot(tables: Tables, { row }: StoredRun): boolean {
  return row.parentRunId === null || tables.runs.get(row.parentRunId) === undefined;
}

function treeOf(tables: Tables, root: StoredRun): StoredRun[] {
  const tree = [root];
  for (const run of tree) {
    for (const id of tables.runs.byParent.get(run.row.id)) tree.push(tables.runs.require(id));
  }
  return tree;
}

function isDue({ row }: StoredRun, { endedBefore }: PruneParams): boolean {
  const before = endedBefore[row.status];
  return before !== undefined && !isLive(row) && row.endedAt !== null && row.endedAt < before;
}

function pruneEvents(tables: Tables, params: PruneParams, after: string | undefined): PruneResult {
  const before = params.eventsBefore;
  if (before === null) return { runs: 0, events: 0, cursor: null };
  tables.keys.forgetExpired(before);
  const used = tables.runs.eventsInUse();
  let events = 0;
  let looked = 0;
  let last = "";
  for (const id of [...tables.eventIds.ascending(after === "" ? undefined : after)]) {
    if (looked === params.limit) return { runs: 0, events, cursor: `events:${last}` };
    looked += 1;
    last = id;
    const row = tables.events.get(id);
    if (row === undefined || row.receivedAt >= before || used.has(id)) continue;
    tables.events.delete(id);
    tables.eventIds.delete(id);
    events += 1;
  }
  return { runs: 0, events, cursor: null };
}
