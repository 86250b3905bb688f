import type {
  AppRow,
  AttemptRow,
  EventRow,
  FunctionRow,
  GateRow,
  LoadedRun,
  MetadataRow,
  Store,
} from "@stepfast/store";

/** All that can be read of a store, through its own queries. */
export interface Snapshot {
  runs: (LoadedRun & { attempts: AttemptRow[]; metadata: MetadataRow[] })[];
  events: EventRow[];
  paths: Record<string, string[]>;
  gates: GateRow[];
  apps: AppRow[];
  functions: FunctionRow[];
  nextWakeAt: number | null;
  nextGateAt: number | null;
}

const PAGE = 400;

/** `names`: those whose registered paths are of interest. */
export async function snapshotOf(store: Store, names: string[] = []): Promise<Snapshot> {
  const paths: Record<string, string[]> = {};
  for (const name of names) paths[name] = await store.waitPaths(name);
  return {
    runs: await allRuns(store),
    events: await allEvents(store),
    paths,
    gates: await allGates(store),
    apps: await store.listApps(),
    functions: await store.listFunctions(),
    nextWakeAt: await store.nextWakeAt(),
    nextGateAt: await store.nextGateAt(),
  };
}

async function allRuns(store: Store): Promise<Snapshot["runs"]> {
  const runs: Snapshot["runs"] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await store.listRuns({ order: "asc", limit: PAGE, cursor });
    for (const { id } of page) {
      const loaded = await store.loadRun(id);
      if (loaded === null) throw new Error(`Run ${id} is listed but does not load.`);
      const [attempts, metadata] = [await store.listAttempts(id), await store.listMetadata(id)];
      runs.push({ ...loaded, attempts, metadata });
    }
    if (page.length < PAGE) return runs;
    cursor = page.at(-1)?.id;
  }
}

async function allEvents(store: Store): Promise<EventRow[]> {
  const events: EventRow[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await store.listEvents({ limit: PAGE, cursor });
    events.push(...page);
    if (page.length < PAGE) return events;
    cursor = page.at(-1)?.id;
  }
}

async function allGates(store: Store): Promise<GateRow[]> {
  const gates: GateRow[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await store.listGates({ limit: PAGE, cursor });
    gates.push(...page);
    if (page.length < PAGE) return gates;
    cursor = page.at(-1)?.id;
  }
}
