import {
  type ConcurrencyConfig,
  type ConcurrencyForms,
  limits,
  parseDuration,
  StepfastError,
} from "@stepfast/protocol";
import { durationToMs, timeoutText } from "../time/duration.ts";
import type { FunctionSettings } from "./options.ts";
import type { Trigger } from "./trigger.ts";

/** Throws `invalid_config`, naming the function and the key, if a configuration cannot work. */
export function validateSettings(settings: FunctionSettings, triggers: readonly Trigger[]): void {
  checkId(settings?.id);
  checkRetries(settings);
  checkTriggers(settings.id, triggers);
  checkConcurrency(settings);
  checkCancelOn(settings);
  checkDurations(settings);
}

function refuse(id: string, what: string): StepfastError {
  return new StepfastError("invalid_config", `Function "${id}": ${what}`);
}

function checkId(id: unknown): void {
  if (typeof id !== "string" || id.trim() === "") {
    throw new StepfastError(
      "invalid_config",
      'A function needs an id that never changes: createFunction({ id: "…" }, …)',
    );
  }
}

function checkRetries({ id, retries }: FunctionSettings): void {
  if (retries === undefined) return;
  if (!Number.isInteger(retries) || retries < 0 || retries > limits.maxRetries) {
    throw refuse(id, `retries must be a whole number from 0 to ${limits.maxRetries}, not ${String(retries)}`);
  }
}

function checkTriggers(id: string, triggers: readonly Trigger[]): void {
  if (triggers.length > limits.triggersPerFunction) {
    throw refuse(
      id,
      `at most ${limits.triggersPerFunction} triggers are possible, these are ${triggers.length}`,
    );
  }
  for (const trigger of triggers) checkTrigger(id, trigger);
}

function checkTrigger(id: string, trigger: Trigger): void {
  const keys = trigger as { event?: unknown; cron?: unknown; jitter?: unknown; if?: unknown };
  if (typeof trigger !== "object" || trigger === null || (!keys.event && !keys.cron)) {
    throw refuse(id, 'a trigger is { event: "…" }, { cron: "…" } or an event type');
  }
  if (keys.cron !== undefined && typeof keys.cron !== "string") throw refuse(id, "cron must be a text");
  if (keys.if !== undefined && typeof keys.if !== "string")
    throw refuse(id, "a trigger's if must be an expression");
  checkText(id, "triggers.jitter", keys.jitter);
}

function checkConcurrency({ id, concurrency }: FunctionSettings): void {
  if (concurrency === undefined) return;
  const forms = isForms(concurrency) ? concurrency : { step: concurrency };
  if (forms.step !== undefined) checkRules(id, forms.step, limits.concurrencyRulesPerFunction);
  if (forms.fn !== undefined) checkRules(id, forms.fn, 1);
}

type ConcurrencyRules = number | ConcurrencyConfig | ConcurrencyConfig[];

function isForms(given: ConcurrencyRules | ConcurrencyForms): given is ConcurrencyForms {
  return typeof given === "object" && given !== null && ("step" in given || "fn" in given);
}

function checkRules(id: string, given: ConcurrencyRules, most: number): void {
  const rules = Array.isArray(given) ? given : [given];
  if (rules.length > most) {
    throw refuse(id, `at most ${most} concurrency ${most === 1 ? "rule is" : "rules are"} possible`);
  }
  for (const rule of rules) {
    const limit = typeof rule === "number" ? rule : rule?.limit;
    if (!Number.isInteger(limit) || limit < 0) throw refuse(id, "a concurrency limit must be a whole number");
    if (typeof rule === "object" && rule.scope && rule.scope !== "fn" && !rule.key) {
      throw refuse(id, `concurrency of scope "${rule.scope}" needs a key`);
    }
  }
}

function checkCancelOn({ id, cancelOn }: FunctionSettings): void {
  if (cancelOn === undefined) return;
  if (!Array.isArray(cancelOn)) throw refuse(id, "cancelOn must be a list of rules");
  if (cancelOn.length > limits.cancelRulesPerFunction) {
    throw refuse(id, `at most ${limits.cancelRulesPerFunction} cancelOn rules are possible`);
  }
  for (const rule of cancelOn) {
    if (!rule?.event) throw refuse(id, "a cancelOn rule needs the event that cancels");
    if (rule.timeout !== undefined) checked(id, "cancelOn.timeout", () => timeoutText(rule.timeout ?? 0));
  }
}

function checkDurations({
  id,
  throttle,
  rateLimit,
  debounce,
  batchEvents,
  timeouts,
  ...rest
}: FunctionSettings): void {
  checkText(id, "throttle.period", throttle?.period);
  checkText(id, "rateLimit.period", rateLimit?.period);
  checkText(id, "debounce.period", debounce?.period);
  checkText(id, "debounce.timeout", debounce?.timeout);
  checkText(id, "batchEvents.timeout", batchEvents?.timeout);
  checkText(id, "timeouts.start", timeouts?.start);
  checkText(id, "timeouts.finish", timeouts?.finish);
  if (typeof rest.checkpointing !== "object") return;
  const { maxRuntime, maxInterval } = rest.checkpointing;
  if (maxRuntime !== undefined) checked(id, "checkpointing.maxRuntime", () => durationToMs(maxRuntime));
  if (maxInterval !== undefined) checked(id, "checkpointing.maxInterval", () => durationToMs(maxInterval));
}

function checkText(id: string, key: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "string" || parseDuration(value) === undefined) {
    throw refuse(id, `${key} must be a duration such as "30s" or "1h30m", not ${JSON.stringify(value)}`);
  }
}

function checked(id: string, key: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw refuse(id, `${key}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
