import { type CancelConfig, type FunctionConfig, systemEvents, type TriggerConfig } from "@stepfast/protocol";
import { timeoutText } from "../time/duration.ts";
import type { Untyped } from "../types/untyped.ts";
import { isEventType } from "./event-type.ts";
import type { InngestFunction } from "./function.ts";
import type { CancelOnRule } from "./options.ts";
import type { Trigger } from "./trigger.ts";

/** Where a function is reached. */
export interface ConfigTarget {
  appId: string;
  /** The serve URL; `fnId` and `stepId` are added to its query. */
  url: string;
  type: FunctionConfig["steps"][string]["runtime"]["type"];
}

const FAILURE_RETRIES = 1;

/** Settings that go on the wire as the user wrote them. */
const CARRIED = [
  "idempotency",
  "rateLimit",
  "throttle",
  "concurrency",
  "debounce",
  "batchEvents",
  "priority",
  "timeouts",
  "singleton",
] as const;

/** The configurations to register for a function: its own, and its failure handler's if it has one (PROTOCOL §2.3). */
export function functionConfigs(
  fn: InngestFunction<Untyped, Untyped>,
  target: ConfigTarget,
): FunctionConfig[] {
  const slug = fn.id(target.appId);
  const main: FunctionConfig = {
    id: slug,
    name: fn.name,
    triggers: fn.wireTriggers(target.appId).flatMap(triggerConfig),
    steps: stepConfigs(slug, target, fn.opts.retries),
    ...carriedSettings(fn),
  };
  return fn.onFailure ? [main, failureConfig(fn, slug, target)] : [main];
}

function carriedSettings(fn: InngestFunction<Untyped, Untyped>): Partial<FunctionConfig> {
  const carried: Record<string, unknown> = {};
  for (const key of CARRIED) {
    if (fn.opts[key] !== undefined) carried[key] = fn.opts[key];
  }
  if (fn.opts.cancelOn) carried.cancel = fn.opts.cancelOn.map(cancelConfig);
  return carried as Partial<FunctionConfig>;
}

function failureConfig(
  fn: InngestFunction<Untyped, Untyped>,
  slug: string,
  target: ConfigTarget,
): FunctionConfig {
  const failureSlug = `${slug}-failure`;
  return {
    id: failureSlug,
    name: `${fn.name} (failure)`,
    triggers: [{ event: systemEvents.functionFailed, expression: `event.data.function_id == '${slug}'` }],
    steps: stepConfigs(failureSlug, target, FAILURE_RETRIES),
  };
}

function stepConfigs(
  slug: string,
  { url, type }: ConfigTarget,
  retries: number | undefined,
): FunctionConfig["steps"] {
  const step: FunctionConfig["steps"][string] = {
    id: "step",
    name: "step",
    runtime: { type, url: stepUrl(url, slug) },
  };
  if (retries !== undefined) step.retries = { attempts: retries };
  return { step };
}

function stepUrl(url: string, slug: string): string {
  const full = new URL(url);
  full.searchParams.set("fnId", slug);
  full.searchParams.set("stepId", "step");
  return full.href;
}

function triggerConfig(trigger: Trigger): TriggerConfig[] {
  if ("cron" in trigger && trigger.cron) {
    const { cron, jitter, catchUp } = trigger;
    return [
      { cron, ...(jitter === undefined ? {} : { jitter }), ...(catchUp === undefined ? {} : { catchUp }) },
    ];
  }
  const event = eventName(trigger);
  // Invocations reach a function without being an event that starts it.
  if (event === undefined || event === systemEvents.functionInvoked) return [];
  const expression = isEventType(trigger) ? undefined : (trigger as { if?: string }).if;
  return [{ event, ...(expression === undefined ? {} : { expression }) }];
}

/** Name of the event a trigger stands for; undefined for a schedule. */
export function eventName(trigger: Trigger): string | undefined {
  if (isEventType(trigger)) return trigger.name;
  if (!("event" in trigger)) return undefined;
  return typeof trigger.event === "string" ? trigger.event : trigger.event.name;
}

function cancelConfig(rule: CancelOnRule): CancelConfig {
  const config: CancelConfig = { event: typeof rule.event === "string" ? rule.event : rule.event.name };
  if (rule.timeout !== undefined) config.timeout = timeoutText(rule.timeout);
  const expression = rule.match ? matchExpression(rule.match) : rule.if;
  if (expression !== undefined) config.if = expression;
  return config;
}

/** The expression that a `match` path stands for. */
export function matchExpression(path: string): string {
  return `event.${path} == async.${path}`;
}
