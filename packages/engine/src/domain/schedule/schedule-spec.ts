import { type FunctionConfig, parseDuration, StepfastError, sha1Hex } from "@stepfast/protocol";
import { type CronExpression, cronExpression } from "./cron-expression.ts";

/** What becomes of ticks that nobody was there for: none, the latest of them, or all. */
export type CatchUp = "skip" | "one" | "all";

/** A cron trigger of a function, ready to be asked for its ticks. */
export interface ScheduleSpec {
  /** Of its place in the ledger. Another expression is another schedule. */
  gateId: string;
  functionId: string;
  cron: CronExpression;
  /** The most a start is moved back by. */
  jitterMs: number;
  catchUp: CatchUp;
}

/** Throws `invalid_config` naming function and key. */
export function scheduleSpecs(config: FunctionConfig): ScheduleSpec[] {
  return config.triggers.flatMap((trigger, index) => {
    if (trigger.cron === undefined) return [];
    const { cron: text, jitter, catchUp = "one" } = trigger;
    try {
      const jitterMs = jitter === undefined ? 0 : (parseDuration(jitter) ?? 0);
      const cron = cronExpression(text);
      return [{ gateId: scheduleGateId(config.id, text), functionId: config.id, cron, jitterMs, catchUp }];
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StepfastError("invalid_config", `${config.id}: triggers[${index}].cron: ${reason}`, {
        cause,
      });
    }
  });
}

/** The configuration without cron triggers that cannot be read: what was registered once must not keep a node from starting. */
export function withReadableCrons(config: FunctionConfig): FunctionConfig {
  const triggers = config.triggers.filter(
    (trigger) => trigger.cron === undefined || isReadable(trigger.cron),
  );
  return triggers.length === config.triggers.length ? config : { ...config, triggers };
}

function isReadable(text: string): boolean {
  try {
    cronExpression(text);
    return true;
  } catch {
    return false;
  }
}

function scheduleGateId(functionId: string, text: string): string {
  return `schedule:${functionId}:${sha1Hex(text).slice(0, 12)}`;
}

/** When the run of a tick starts: the same whoever asks. */
export function startOf({ functionId, cron, jitterMs }: ScheduleSpec, tick: number): number {
  if (jitterMs === 0) return tick;
  const fraction = Number.parseInt(sha1Hex(`${functionId} ${cron.text} ${tick}`).slice(0, 8), 16) / 2 ** 32;
  return tick + Math.floor(fraction * (jitterMs + 1));
}
