import type { Trace } from "@stepfast/server";
import type { Api, ApiEvent, ApiJob, ApiRun } from "./api.ts";
import type { Courier } from "./courier.ts";
import { type Execution, readLedger } from "./ledger.ts";
import { recordedValues, stepsOf } from "./record.ts";
import type { Scenario } from "./scenario.ts";
import { type LostConnection, withoutStrays, withoutZombies } from "./zombies.ts";

/** What the driver itself knows. */
export interface Known {
  scenarios: Scenario[];
  courier: Pick<Courier, "receipts" | "cancellations" | "doubtful" | "sightings" | "bulks">;
  /** Connections of workers that were given up. Default: none. */
  lost?: readonly LostConnection[];
}

/** All that can be seen from outside once everything has ended. */
export interface Evidence extends Known {
  /** Without those of calls whose run had been taken over, or whose worker had been given up: see `zombies.ts`. */
  executions: Execution[];
  events: ApiEvent[];
  runs: ApiRun[];
  /** By run. */
  traces: Map<string, Trace>;
  /** What became of the bulk cancellations. */
  jobs: ApiJob[];
}

const TRACES_AT_ONCE = 8;

export async function collectEvidence<K extends Known>(
  api: Api,
  known: K,
  ledger: string,
): Promise<K & Evidence> {
  const runs = await api.runs();
  const traces = await collectTraces(api, runs);
  const recorded = new Set([...traces.values()].flatMap((trace) => [...allRecorded(trace)]));
  const executions = withoutStrays(readLedger(ledger), known.lost ?? [], (value) => recorded.has(value));
  return {
    ...known,
    executions: withoutZombies(executions),
    events: await api.events(),
    runs,
    traces,
    jobs: await Promise.all(known.courier.bulks.map((id) => api.bulkCancellation(id))),
  };
}

function* allRecorded(trace: Trace): Generator<string> {
  for (const step of stepsOf(trace).values()) yield* recordedValues(step).values();
}

async function collectTraces(api: Api, runs: ApiRun[]): Promise<Map<string, Trace>> {
  const traces = new Map<string, Trace>();
  const left = runs.values();
  const fetchSome = async () => {
    for (const { id } of left) traces.set(id, await api.trace(id));
  };
  await Promise.all(Array.from({ length: TRACES_AT_ONCE }, fetchSome));
  return traces;
}

export function groupBy<T>(rows: Iterable<T>, keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
