import type { FunctionIndex } from "../function-index.ts";
import type { FlowSpec } from "./flow-spec.ts";
import { gateId } from "./gate-id.ts";
import type { FlowRules } from "./gate-rooms.ts";
import type { ThrottleRule } from "./throttle-bucket.ts";

/** Limits that were changed while the function runs. JSON in `FunctionRow.overrides`. */
export interface LimitOverrides {
  /** For gates of these ids. */
  gates: Record<string, number>;
  /** For all gates of the rule that its configuration lists at this place. */
  concurrency: Record<number, number>;
  throttle: Partial<ThrottleRule> | null;
  /** What was changed, the last first. */
  changes: LimitChange[];
}

export interface LimitChange {
  at: number;
  /** What was changed: `concurrency[0]`, `throttle`, or a gate's id. */
  of: string;
  /** As JSON; null: back to what the configuration says. */
  to: string | null;
}

/** The limits in force: what was changed at run time, else the current configuration, else what a run was made with. */
export function limitsInForce(index: FunctionIndex): FlowRules {
  return {
    limit: (functionId, gateId, stated) => {
      const spec = index.get(functionId);
      const own = spec?.overrides?.gates[gateId];
      if (own !== undefined) return own;
      const limits = spec?.flow ? [...limitsOf(spec.flow, gateId, spec.overrides)] : [];
      return limits.length > 0 ? Math.min(...limits) : stated;
    },
    throttle: (functionId) => {
      const spec = index.get(functionId);
      const rule = spec?.flow?.throttle;
      return rule ? { ...rule, ...spec?.overrides?.throttle } : null;
    },
    isOnEveryWay: (functionId, id) => {
      const flow = index.get(functionId)?.flow;
      if (!flow) return false;
      if (flow.lanes.some(({ only }) => only === id) || flow.whole.some(({ only }) => only === id))
        return true;
      return flow.throttle?.key === null && id === gateId("throttle", functionId, null, null);
    },
  };
}

/** Of all rules that come to the gate: the narrowest counts. */
function* limitsOf(flow: FlowSpec, gate: string, overrides: LimitOverrides | null): Generator<number> {
  for (const [place, lane] of flow.lanes.entries())
    if (gate.startsWith(lane.prefix)) yield overrides?.concurrency[place] ?? lane.limit;
  for (const lane of flow.whole) if (gate.startsWith(lane.prefix)) yield lane.limit;
}
