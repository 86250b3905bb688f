import type { ConcurrencyConfig, EventPayload, FunctionConfig } from "@stepfast/protocol";
import type { Expression } from "../expression/index.ts";
import { gateId, gatePrefix, keyValue, sharedGateId } from "./gate-id.ts";

/** How a configuration's texts become what is evaluated; both throw `invalid_config`. */
export interface FlowCompiler {
  expression(key: string, text: string | undefined): Expression | null;
  durationMs(key: string, text: string): number;
}

/** A limit of so many at a time. */
export interface LaneSpec {
  limit: number;
  scope: "fn" | "env" | "account";
  key: Expression | null;
  /** With which the ids of its gates begin, if the function does not share them. */
  prefix: string;
  /** Its one gate, if that does not depend on the event. */
  only: string | null;
}

export interface RateSpec {
  limit: number;
  periodMs: number;
  key: Expression | null;
}

export interface ThrottleSpec extends RateSpec {
  burst: number;
}

export interface DebounceSpec {
  periodMs: number;
  /** The most an event can be put off; null: without end. */
  timeoutMs: number | null;
  key: Expression | null;
}

export interface BatchSpec {
  maxSize: number;
  timeoutMs: number;
  key: Expression | null;
  /** Events for which it does not hold get a run of their own; null: all are batched. */
  condition: Expression | null;
}

export interface SingletonSpec {
  mode: "skip" | "cancel";
  key: Expression | null;
}

/** The flow controls of a function, ready to be evaluated (SDK §3, SERVER §2.3 to §2.9). */
export interface FlowSpec {
  rate: RateSpec | null;
  debounce: DebounceSpec | null;
  batch: BatchSpec | null;
  singleton: SingletonSpec | null;
  throttle: ThrottleSpec | null;
  /** Held while steps of a run execute. */
  lanes: LaneSpec[];
  /** Held from a run's start to its end. */
  whole: LaneSpec[];
  priority: Expression | null;
}

/** Null: the function has no flow control at all. */
export function flowSpec(config: FunctionConfig, compiler: FlowCompiler): FlowSpec | null {
  const { lanes, whole } = laneSpecs(config, compiler);
  const spec: FlowSpec = {
    rate: rateSpec(config, compiler),
    debounce: debounceSpec(config, compiler),
    batch: batchSpec(config, compiler),
    singleton: config.singleton
      ? {
          mode: config.singleton.mode,
          key: compiler.expression("singleton.key", config.singleton.key),
        }
      : null,
    throttle: throttleSpec(config, compiler),
    lanes,
    whole,
    priority: compiler.expression("priority.run", config.priority?.run),
  };
  const parts = [spec.rate, spec.debounce, spec.batch, spec.singleton, spec.throttle, spec.priority];
  const isFree = parts.every((part) => part === null) && lanes.length === 0 && whole.length === 0;
  return isFree ? null : spec;
}

function laneSpecs(config: FunctionConfig, compiler: FlowCompiler): { lanes: LaneSpec[]; whole: LaneSpec[] } {
  const { concurrency } = config;
  if (concurrency === undefined) return { lanes: [], whole: [] };
  if (typeof concurrency === "number" || Array.isArray(concurrency) || "limit" in concurrency) {
    return { lanes: lanesOf(config.id, "lane", "concurrency", concurrency, compiler), whole: [] };
  }
  return {
    lanes: lanesOf(config.id, "lane", "concurrency.step", concurrency.step, compiler),
    whole: lanesOf(config.id, "whole", "concurrency.fn", concurrency.fn, compiler),
  };
}

function lanesOf(
  functionId: string,
  kind: "lane" | "whole",
  path: string,
  rules: number | ConcurrencyConfig | ConcurrencyConfig[] | undefined,
  compiler: FlowCompiler,
): LaneSpec[] {
  if (rules === undefined) return [];
  const list = typeof rules === "number" ? [{ limit: rules }] : Array.isArray(rules) ? rules : [rules];
  return list.map((rule: ConcurrencyConfig, index) => {
    const key = compiler.expression(`${path}[${index}].key`, rule.key);
    const scope = rule.scope ?? "fn";
    const only = onlyGate(kind, functionId, { scope, key });
    return { limit: rule.limit, scope, key, prefix: gatePrefix(kind, functionId, key), only };
  });
}

/** A key that is a text or a number has one value. */
const CONSTANT = /^\s*("[^"\\]*"|'[^'\\]*'|\d+)\s*$/;
const NO_EVENT: EventPayload = { id: "", name: "", data: {}, user: {}, ts: 0 };

function onlyGate(
  kind: "lane" | "whole",
  functionId: string,
  { scope, key }: Pick<LaneSpec, "scope" | "key">,
): string | null {
  if (key && !CONSTANT.test(key.text)) return null;
  const value = keyValue(key, NO_EVENT);
  return scope === "fn" || !value ? gateId(kind, functionId, key, value) : sharedGateId(kind, scope, value);
}

function rateSpec({ rateLimit }: FunctionConfig, compiler: FlowCompiler): RateSpec | null {
  if (!rateLimit) return null;
  return {
    limit: rateLimit.limit,
    periodMs: compiler.durationMs("rateLimit.period", rateLimit.period),
    key: compiler.expression("rateLimit.key", rateLimit.key),
  };
}

function throttleSpec({ throttle }: FunctionConfig, compiler: FlowCompiler): ThrottleSpec | null {
  if (!throttle) return null;
  return {
    limit: throttle.limit,
    burst: throttle.burst ?? 0,
    periodMs: compiler.durationMs("throttle.period", throttle.period),
    key: compiler.expression("throttle.key", throttle.key),
  };
}

function debounceSpec({ debounce }: FunctionConfig, compiler: FlowCompiler): DebounceSpec | null {
  if (!debounce) return null;
  const { period, timeout, key } = debounce;
  return {
    periodMs: compiler.durationMs("debounce.period", period),
    timeoutMs: timeout === undefined ? null : compiler.durationMs("debounce.timeout", timeout),
    key: compiler.expression("debounce.key", key),
  };
}

function batchSpec({ batchEvents }: FunctionConfig, compiler: FlowCompiler): BatchSpec | null {
  if (!batchEvents) return null;
  return {
    maxSize: batchEvents.maxSize,
    timeoutMs: compiler.durationMs("batchEvents.timeout", batchEvents.timeout),
    key: compiler.expression("batchEvents.key", batchEvents.key),
    condition: compiler.expression("batchEvents.if", batchEvents.if),
  };
}
