import type { FunctionIndex } from "../function-index.ts";
import type { FunctionSpec } from "../function-spec.ts";
import type { RateSpec } from "./flow-spec.ts";
import { gatePrefix } from "./gate-id.ts";
import type { FlowRules } from "./gate-rooms.ts";
import { type LimitNumbers, limitsOfGate } from "./named-limit.ts";

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

/** The limits in force: what was changed at run time, else the current configuration. */
export function limitsInForce(index: FunctionIndex): FlowRules {
  return {
    limit: (functionId, [gateId, , ofRules]) => {
      const spec = index.get(functionId);
      const own = spec?.overrides?.gates[gateId]?.limit;
      if (own !== undefined) return own;
      // Of all rules that come to the gate the narrowest counts.
      const rules = spec ? limitsOfGate(functionId, spec.flow, { gateId, ofRules }) : [];
      const limits = rules.map(({ name, numbers }) => changed(spec, name, gateId).limit ?? numbers.limit);
      return limits.length > 0 ? Math.min(...limits) : null;
    },
    throttle: (functionId, gateId) => {
      const spec = index.get(functionId);
      const rule = spec?.flow?.throttle;
      // One with another key than it has now goes on as it was last used.
      return rule && gateId.startsWith(gatePrefix("throttle", functionId, rule.key))
        ? { ...rule, ...changed(spec, "throttle", gateId) }
        : null;
    },
  };
}

/** The rate limit in force for a gate. */
export function rateInForce(spec: FunctionSpec, rate: RateSpec, gateId: string): RateSpec {
  return spec.overrides ? { ...rate, ...changed(spec, "rate-limit", gateId) } : rate;
}

export function changed(
  spec: FunctionSpec | undefined,
  name: string | undefined,
  gateId: string,
): Partial<LimitNumbers> {
  const overrides = spec?.overrides;
  if (!overrides) return {};
  return { ...(name === undefined ? {} : overrides.limits[name]), ...overrides.gates[gateId] };
}

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
