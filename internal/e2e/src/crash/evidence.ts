import type { Span, Trace } from "@stepfast/server";
import type { Api, ApiEvent, ApiRun } from "./api.ts";
import type { Courier } from "./courier.ts";
import { type LedgerLine, readLedger } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";

/** All that can be seen from outside once everything has ended. */
export interface Evidence {
  scenarios: Scenario[];
  courier: Courier;
  ledger: LedgerLine[];
  events: ApiEvent[];
  runs: ApiRun[];
  /** By run. */
  traces: Map<string, Trace>;
}

const TRACES_AT_ONCE = 8;

export async function collectEvidence(
  api: Api,
  about: { scenarios: Scenario[]; courier: Courier; ledger: string },
): Promise<Evidence> {
  const runs = await api.runs();
  return {
    scenarios: about.scenarios,
    courier: about.courier,
    ledger: readLedger(about.ledger),
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

/** The run's steps by name. Every step of these functions has a name of its own. */
export function stepsOf(evidence: Evidence, runId: string): Map<string, Span> {
  const spans = evidence.traces.get(runId)?.rootSpan.children ?? [];
  return new Map(spans.filter((span) => span.stepId !== null).map((span) => [span.name, span]));
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
