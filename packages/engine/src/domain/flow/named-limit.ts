import type { Json } from "@stepfast/protocol";
import type { Expression } from "../expression/index.ts";
import type { FlowSpec, LaneSpec } from "./flow-spec.ts";
import { gatePrefix, isSharedGate, keyText, ruleOf, sharedGateId } from "./gate-id.ts";

/** The numbers of a limit. */
export interface LimitNumbers {
  limit: number;
  /** Of a throttle and a rate limit. */
  periodMs?: number;
  /** Of a throttle. */
  burst?: number;
}

/** A limit of a function, as operators name it. */
export interface NamedLimit {
  /** `concurrency-1`, `concurrency-2` as listed, `concurrency-fn` of whole runs, `throttle`, `rate-limit`. */
  name: string;
  scope: LaneSpec["scope"];
  key: Expression | null;
  /** As configured. */
  numbers: LimitNumbers;
  /** With which the ids of its gates begin. */
  prefix: string;
}

const known = new WeakMap<FlowSpec, NamedLimit[]>();

export function namedLimits(functionId: string, flow: FlowSpec | null): NamedLimit[] {
  if (!flow) return [];
  const found = known.get(flow) ?? named(functionId, flow);
  known.set(flow, found);
  return found;
}

function named(functionId: string, { lanes, whole, throttle, rate }: FlowSpec): NamedLimit[] {
  const limits = [
    ...lanes.map((lane, index) => laneLimit("lane", `concurrency-${index + 1}`, lane)),
    ...whole.map((lane) => laneLimit("whole", "concurrency-fn", lane)),
  ];
  if (throttle) {
    const { limit, periodMs, burst, key } = throttle;
    const prefix = gatePrefix("throttle", functionId, key);
    limits.push({ name: "throttle", scope: "fn", key, numbers: { limit, periodMs, burst }, prefix });
  }
  if (rate) {
    const { limit, periodMs, key } = rate;
    const prefix = gatePrefix("rate", functionId, key);
    limits.push({ name: "rate-limit", scope: "fn", key, numbers: { limit, periodMs }, prefix });
  }
  return limits;
}

function laneLimit(
  kind: "lane" | "whole",
  name: string,
  { limit, scope, key, prefix }: LaneSpec,
): NamedLimit {
  const isShared = scope !== "fn" && key !== null;
  const start = isShared ? sharedGateId(kind, scope, { text: "", value: null }) : prefix;
  return { name, scope, key, numbers: { limit }, prefix: start };
}

/** The limit's gate for a value of its key; of a limit without key there is one. */
export function gateOfKey({ prefix, key }: NamedLimit, value: Json): string {
  return key === null ? prefix : prefix + keyText(value);
}

/**
 * The limits whose gate it is. Of a gate that functions share `ofRules` says which: without that, where there are several, none.
 */
export function limitsOfGate(
  functionId: string,
  flow: FlowSpec | null,
  { gateId, ofRules }: { gateId: string; ofRules?: string[] | undefined },
): NamedLimit[] {
  const found = namedLimits(functionId, flow).filter(({ prefix }) => gateId.startsWith(prefix));
  if (!isSharedGate(gateId)) return found;
  if (ofRules) return found.filter(({ key }) => ofRules.includes(ruleOf(key)));
  return found.length > 1 ? [] : found;
}
