import type { Trace } from "@stepfast/server";
import type { Api, ApiEvent, ApiRun } from "./api.ts";
import type { Courier } from "./courier.ts";
import { type Execution, readLedger } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";
import { withoutZombies } from "./zombies.ts";

/** What the driver itself knows. */
export interface Known {
  scenarios: Scenario[];
  courier: Pick<Courier, "receipts" | "cancellations" | "doubtful" | "sightings">;
}

/** All that can be seen from outside once everything has ended. */
export interface Evidence extends Known {
  /** Without those of calls whose run had been taken over: see `zombies.ts`. */
  executions: Execution[];
  events: ApiEvent[];
  runs: ApiRun[];
  /** By run. */
  traces: Map<string, Trace>;
}

const TRACES_AT_ONCE = 8;

export async function collectEvidence<K extends Known>(
  api: Api,
  known: K,
  ledger: string,
): Promise<K & Evidence> {
  const runs = await api.runs();
  return {
    ...known,
    executions: withoutZombies(readLedger(ledger)),
    events: await api.events(),
    runs,
    traces: await collectTraces(api, runs),
  };
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
