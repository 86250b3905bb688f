import { type FunctionConfig, limits, parseDuration, StepfastError } from "@stepfast/protocol";
import type { FunctionRow } from "@stepfast/store";
import { compileExpression, type Expression } from "./expression/index.ts";
import { type FlowSpec, flowSpec } from "./flow/flow-spec.ts";
import type { LimitOverrides } from "./flow/limit-overrides.ts";
import type { FunctionFacts } from "./function-facts.ts";
import type { PauseState } from "./pause.ts";
import { type ScheduleSpec, scheduleSpecs } from "./schedule/schedule-spec.ts";

export interface TriggerSpec {
  /** Event name; may end in `*`. */
  name: string;
  expression: Expression | null;
}

export interface CancelSpec {
  event: string;
  expression: string | null;
  /** Duration or ISO time as written; null: as long as the run lives. */
  timeout: string | null;
}

/** A registered function, ready to be matched and called. */
export interface FunctionSpec extends FunctionFacts {
  name: string;
  config: FunctionConfig;
  triggers: TriggerSpec[];
  /** Its cron triggers. */
  schedules: ScheduleSpec[];
  cancel: CancelSpec[];
  idempotency: Expression | null;
  /** Null: nothing holds its runs up. */
  flow: FlowSpec | null;
  /** Limits that were changed while it runs. */
  overrides: LimitOverrides | null;
  /** Null: it is not paused. */
  paused: PauseState | null;
  /** `timeouts.start`: from the event to the start. */
  startMs: number | null;
  /** Step URL; null for a function in this process. */
  url: string | null;
  /** It is called by way of a worker that has connected to a node. */
  worker: boolean;
}

/** Compiles a configuration. Throws `invalid_config` or `invalid_expression` naming function and key. */
export function functionSpec(appId: string, config: FunctionConfig): FunctionSpec {
  const step = config.steps.step ?? Object.values(config.steps)[0];
  const inline = step?.runtime.type === "inline";
  const retries = step?.retries?.attempts ?? limits.defaultRetries;
  return {
    id: config.id,
    appId,
    name: config.name,
    config,
    maxAttempts: retries + 1,
    inline,
    url: inline ? null : (step?.runtime.url ?? null),
    worker: !inline && /^wss?:/.test(step?.runtime.url ?? ""),
    triggers: config.triggers.flatMap((trigger, index) =>
      trigger.event === undefined
        ? []
        : [
            {
              name: trigger.event,
              expression: compiled(config.id, `triggers[${index}].if`, trigger.expression),
            },
          ],
    ),
    schedules: scheduleSpecs(config),
    cancel: (config.cancel ?? []).map((rule, index) => {
      compiled(config.id, `cancelOn[${index}].if`, rule.if);
      return { event: rule.event, expression: rule.if ?? null, timeout: rule.timeout ?? null };
    }),
    idempotency: compiled(config.id, "idempotency", config.idempotency),
    flow: flowSpec(config, {
      expression: (key, text) => compiled(config.id, key, text),
      durationMs: (key, text) => durationOf(config.id, key, text) ?? 0,
    }),
    overrides: null,
    paused: null,
    startMs: durationOf(config.id, "timeouts.start", config.timeouts?.start),
    finishMs: durationOf(config.id, "timeouts.finish", config.timeouts?.finish),
  };
}

/** The spec with what operators have decided of the function. */
export function operated(
  spec: FunctionSpec,
  row: Pick<FunctionRow, "paused" | "overrides"> | undefined,
): FunctionSpec {
  if (!row) return spec;
  return {
    ...spec,
    paused: row.paused === null ? null : (JSON.parse(row.paused) as PauseState),
    overrides: row.overrides === null ? null : (JSON.parse(row.overrides) as LimitOverrides),
  };
}

function compiled(functionId: string, key: string, text: string | undefined): Expression | null {
  if (text === undefined || text.trim() === "") return null;
  try {
    return compileExpression(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StepfastError("invalid_config", `${functionId}: ${key}: ${reason}`, { cause });
  }
}

function durationOf(functionId: string, key: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new StepfastError(
      "invalid_config",
      `${functionId}: ${key}: "${text}" is not a duration such as "5m" or "1h30m"`,
    );
  }
  return ms;
}
