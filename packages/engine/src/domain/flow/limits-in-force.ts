import type { FunctionIndex } from "../function-index.ts";
import type { FunctionSpec } from "../function-spec.ts";
import type { RateSpec } from "./flow-spec.ts";
import { gatePrefix } from "./gate-id.ts";
import type { FlowRules } from "./gate-rooms.ts";
import { type LimitNumbers, limitsOfGate } from "./named-limit.ts";

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
