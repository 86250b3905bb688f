import { systemEvents } from "@stepfast/protocol";
import { reviveError } from "../errors/revive.ts";
import type { FunctionEntry } from "../function/function.ts";
import { createGroupTools } from "../group/tools.ts";
import { ProxyLogger } from "../logging/proxy-logger.ts";
import { runLogger } from "../logging/run-logger.ts";
import { createStepTools } from "../step/tools.ts";
import type { DeferParent } from "../types/context.ts";
import type { EventSessions, ReceivedEvent } from "../types/event.ts";
import type { Untyped } from "../types/untyped.ts";
import { createDeferTool } from "./defers.ts";
import type { Replay } from "./replay.ts";

/** What a handler is called with. */
export function handlerContext(replay: Replay, entry: FunctionEntry): Untyped {
  const { request, attempt, maxAttempts } = replay.call;
  const received = request.events as ReceivedEvent[];
  const events = received.map(withoutInternals);
  const event = withoutInternals((request.event ?? received[0]) as ReceivedEvent);
  const sessions = commonSessions(received);
  const context: Untyped = {
    event,
    events,
    step: createStepTools(replay, sessions),
    group: createGroupTools(replay),
    defer: createDeferTool(replay, sessions),
    runId: request.ctx.run_id,
    attempt,
    maxAttempts,
    requestId: request.ctx.request_id,
    jobId: request.ctx.job_id,
  };
  if (sessions) context.sessions = sessions;
  if (entry.isFailureHandler) context.error = reviveError(event.data?.error);
  if (event.name === systemEvents.deferredSchedule)
    context.parents = (received.length > 0 ? received : [request.event]).map(parentOf);
  addLogger(context, replay, event.name);
  return context;
}

/** The logger is made when it is asked for: most handlers never ask. */
function addLogger(context: object, replay: Replay, eventName: string): void {
  let logger: ProxyLogger | undefined;
  let fresh = replay.isFresh;
  replay.onFresh = () => {
    fresh = true;
    logger?.enable();
  };
  const make = () => {
    const { request, fn } = replay.call;
    const { run_id: runID, request_id: requestId, job_id: jobId } = request.ctx;
    const made = new ProxyLogger(runLogger(fn.client.logger, { runID, eventName, requestId, jobId }));
    if (fresh) made.enable();
    return made;
  };
  Object.defineProperty(context, "logger", {
    enumerable: true,
    configurable: true,
    get: () => {
      logger ??= make();
      return logger;
    },
  });
}

function withoutInternals(event: ReceivedEvent): ReceivedEvent {
  if (event?.name !== systemEvents.deferredSchedule) return event;
  const { _inngest, _inngestExperiment, ...data } = event.data ?? {};
  return { ...event, data };
}

function parentOf(event: Untyped): DeferParent {
  const { _inngest, _inngestExperiment } = event.data ?? {};
  const parent: DeferParent = { fnSlug: _inngest?.parent_fn_slug, runId: _inngest?.parent_run_id };
  if (_inngestExperiment) parent.experiment = _inngestExperiment;
  return parent;
}

/** Sessions in which all events agree. */
function commonSessions(events: readonly ReceivedEvent[]): EventSessions | undefined {
  const first = events[0]?.meta?.sessions;
  if (!first) return undefined;
  const common: EventSessions = {};
  for (const [name, id] of Object.entries(first)) {
    if (id !== null && events.every((event) => event.meta?.sessions?.[name] === id)) common[name] = id;
  }
  return Object.keys(common).length > 0 ? common : undefined;
}
