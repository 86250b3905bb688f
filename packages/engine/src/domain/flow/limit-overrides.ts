import type { LimitNumbers } from "./named-limit.ts";

/** Limits that were changed while the function runs. JSON in `FunctionRow.overrides`. */
export interface LimitOverrides {
  /** By the limit's name: for all values of its key. */
  limits: Record<string, Partial<LimitNumbers>>;
  /** By the gate's id: for one value. */
  gates: Record<string, Partial<LimitNumbers>>;
  /** What was changed, the last first. */
  changes: LimitChange[];
  /** How many changes there were. */
  version: number;
}

export interface LimitChange {
  at: number;
  /** Who changed it; null: nobody was asked. */
  by: string | null;
  /** The limit's name. */
  limit: string;
  /** JSON of the key's value for which it was changed; null: for all. */
  key: string | null;
  /** Null: back to what the configuration says. */
  to: Partial<LimitNumbers> | null;
}

/** Changes that are remembered. */
const MAX_CHANGES = 100;

/** Counts changes; 0: none was made. */
export function versionOf(overrides: LimitOverrides | null): number {
  return overrides?.version ?? overrides?.changes.length ?? 0;
}

/** The overrides after a change: of a whole limit, or of one of its gates. */
export function withChange(
  before: LimitOverrides | null,
  change: LimitChange,
  gateId: string | null,
): LimitOverrides {
  const { limits = {}, gates = {}, changes = [] } = before ?? {};
  return {
    version: versionOf(before) + 1,
    limits: gateId === null ? put(limits, change.limit, change.to) : limits,
    gates: gateId === null ? gates : put(gates, gateId, change.to),
    changes: [change, ...changes].slice(0, MAX_CHANGES),
  };
}

function put<T>(record: Record<string, T>, name: string, value: T | null): Record<string, T> {
  const { [name]: _, ...rest } = record;
  return value === null ? rest : { ...rest, [name]: value };
}
