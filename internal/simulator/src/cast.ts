import { type FunctionConfig, INLINE } from "@stepfast/protocol";
import { type BaseContext, Inngest, type InngestFunction } from "stepfast";
import { createDefer, type DeferredFunction } from "stepfast/experimental";
import { Performance, type Stage } from "./performance.ts";
import type { SimProcess } from "./process.ts";
import {
  type CancelRule,
  expressions,
  type LaneRule,
  type Program,
  type ProgramFunction,
  type ProgramOp,
} from "./program.ts";

/** Ids of the two apps: functions in the engine's process, and functions behind a URL. */
export const apps = { inline: "in", remote: "out" } as const;

export type AnyFunction = InngestFunction<never, unknown>;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A program's functions as one process has them: real SDK functions of real clients. */
export class Cast {
  readonly clients: Record<keyof typeof apps, Inngest>;
  readonly functions: Record<keyof typeof apps, AnyFunction[]> = { inline: [], remote: [] };
  readonly #deferred = new Map<string, DeferredFunction<undefined, unknown>>();

  constructor(program: Program, process: SimProcess, stageOf: (cast: Cast) => Stage) {
    const client = (id: string) => new Inngest({ id, logger: silent, isDev: true });
    this.clients = { inline: client(apps.inline), remote: client(apps.remote) };
    const stage = stageOf(this);
    for (const fn of program.functions) this.functions[fn.transport].push(this.#make(fn, stage, process));
  }

  deferred(functionId: string): DeferredFunction<undefined, unknown> {
    const fn = this.#deferred.get(functionId);
    if (!fn) throw new Error(`there is no deferred function ${functionId}`);
    return fn;
  }

  /** A remote function's configurations, as its app registers them. */
  remoteConfigs(fn: AnyFunction): FunctionConfig[] {
    return fn[INLINE].configs(apps.remote).map((config) => {
      const step = Object.values(config.steps)[0];
      if (!step) throw new Error(`${config.id} has no step`);
      const url = `http://app.test/?fnId=${config.id}&stepId=step`;
      return { ...config, steps: { step: { ...step, runtime: { type: "http", url } } } };
    });
  }

  #make(fn: ProgramFunction, stage: Stage, process: SimProcess): AnyFunction {
    const client = this.clients[fn.transport];
    const perform = handlerOf(fn.id, fn.body, stage, process);
    if (fn.isDeferred) {
      const deferred = createDefer(client, settingsOf(fn), perform as never);
      this.#deferred.set(fn.id, deferred as DeferredFunction<undefined, unknown>);
      return deferred as unknown as AnyFunction;
    }
    const triggers = fn.trigger ? [triggerOf(fn.trigger)] : [];
    const onFailure = fn.onFailure ? handlerOf(`${fn.id}-failure`, fn.onFailure, stage, process) : undefined;
    const options = { ...settingsOf(fn), triggers, ...(onFailure ? { onFailure: onFailure as never } : {}) };
    return client.createFunction(options, perform as never) as unknown as AnyFunction;
  }
}

type Handler = (context: BaseContext & { event: { data: Record<string, unknown> } }) => Promise<unknown>;

function handlerOf(functionId: string, body: ProgramOp[], stage: Stage, process: SimProcess): Handler {
  return async (context) => {
    const { runId, requestId = "", attempt, event } = context;
    const pass = stage.ledger.beginPass({ runId, functionId, requestId, process, attempt });
    try {
      await new Performance(context, stage, pass, kOf(event.data)).play(body);
      const value = { pass: pass.no };
      pass.outcome = { kind: "returned", value };
      return value;
    } catch (error) {
      pass.outcome = { kind: "threw", message: error instanceof Error ? error.message : String(error) };
      throw error;
    }
  };
}

/** `data.k` of the event; of the event that failed, for a failure handler. */
function kOf(data: Record<string, unknown>): number {
  const inner = data.event as { data?: Record<string, unknown> } | undefined;
  return Number(data.k ?? inner?.data?.k ?? 0);
}

function triggerOf({ event, match }: NonNullable<ProgramFunction["trigger"]>): {
  event: string;
  if?: string;
} {
  return match === "one" ? { event, if: "event.data.k == 1" } : { event };
}

function settingsOf(fn: ProgramFunction) {
  const { startMs, finishMs } = fn.timeouts;
  const timeouts = {
    ...(startMs === null ? {} : { start: `${startMs}ms` }),
    ...(finishMs === null ? {} : { finish: `${finishMs}ms` }),
  };
  return {
    id: fn.id,
    retries: fn.retries,
    cancelOn: fn.cancelOn.map(cancelRuleOf),
    checkpointing: fn.bufferedSteps === 0 ? false : { bufferedSteps: fn.bufferedSteps },
    optimizeParallelism: fn.executionVersion === 2,
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    ...(fn.idempotent ? { idempotency: "event.data.cart" } : {}),
    ...(fn.lanes.length > 0 ? { concurrency: fn.lanes.map(laneOf) } : {}),
  };
}

function laneOf({ limit, by }: LaneRule) {
  if (by === "shared") return { limit, scope: "env" as const, key: '"all"' };
  return by === "key" ? { limit, key: "event.data.k" } : { limit };
}

function cancelRuleOf({ event, match, timeoutMs }: CancelRule) {
  const condition = expressions[match];
  return {
    event,
    ...(condition === undefined ? {} : { if: condition }),
    ...(timeoutMs === null ? {} : { timeout: timeoutMs }),
  };
}
