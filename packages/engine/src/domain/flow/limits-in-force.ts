import type { FunctionIndex } from "../function-index.ts";
import type { FlowRules } from "./lanes.ts";
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
      const place = spec?.flow?.lanes.findIndex((lane) => gateId.startsWith(lane.prefix)) ?? -1;
      const lane = spec?.flow?.lanes[place] ?? spec?.flow?.whole.find((one) => gateId.startsWith(one.prefix));
      return spec?.overrides?.concurrency[place] ?? lane?.limit ?? stated;
    },
    throttle: (functionId) => {
      const spec = index.get(functionId);
      const rule = spec?.flow?.throttle;
      return rule ? { ...rule, ...spec?.overrides?.throttle } : null;
    },
  };
}
