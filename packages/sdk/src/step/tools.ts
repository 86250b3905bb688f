import { models } from "@inngest/ai";
import { type OpOptions, StepfastError } from "@stepfast/protocol";
import type { StepPlan } from "../execution/found-step.ts";
import type { Replay } from "../execution/replay.ts";
import { isEventType, isSchema } from "../function/event-type.ts";
import { matchExpression } from "../function/wire-config.ts";
import {
  type DurationInput,
  durationText,
  type MomentInput,
  momentText,
  timeoutText,
} from "../time/duration.ts";
import type { EventSessions } from "../types/event.ts";
import type { StepContext, StepOptionsOrId, StepTools, WaitForSignalOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { checkAwaitedEvent } from "./awaited-event.ts";
import { invokePlan } from "./invoke.ts";
import { fetchPlan, inferPlan } from "./offload.ts";
import { publishPlan } from "./publish.ts";
import { undoable } from "./rollback.ts";
import { sendEventPlan, sendSignalPlan } from "./send.ts";

type RunBody = (...args: Untyped[]) => unknown;

const nothing = () => undefined;

/** The step tools of one call (PROTOCOL §5.2 gives each one's op). */
export function createStepTools(replay: Replay, sessions: EventSessions | undefined): StepTools {
  const find = (id: StepOptionsOrId, plan: StepPlan): Untyped => {
    checkStepId(id);
    return replay.find(id, plan);
  };
  const findUndoable = (id: StepOptionsOrId, plan: StepPlan): Untyped => {
    checkStepId(id);
    return undoable(stepIdOf(id), plan, (made) => replay.find(id, made));
  };
  return {
    run: (id: StepOptionsOrId, fn: RunBody, ...input: unknown[]) =>
      findUndoable(id, runPlan("run", fn, input)),
    ai: {
      models,
      wrap: (id: StepOptionsOrId, fn: RunBody, ...input: unknown[]) =>
        findUndoable(id, runPlan("ai.wrap", fn, input)),
      infer: (id: StepOptionsOrId, options) => find(id, inferPlan(options)),
    },
    fetch: async (input, init) => {
      if (replay.nesting.isInside) return fetch(input, init);
      const { id, plan } = fetchPlan(input, init);
      return find(id, plan);
    },
    sleep: (id, duration) => find(id, sleepPlan(duration)),
    sleepUntil: (id, moment) => find(id, sleepUntilPlan(moment)),
    waitForEvent: (id, options) => find(id, waitForEventPlan(stepIdOf(id), options)),
    waitForSignal: (id, options) => find(id, waitForSignalPlan(options)),
    sendSignal: (id, options) => find(id, sendSignalPlan(replay, options)),
    sendEvent: (id, payload) => findUndoable(id, sendEventPlan(replay, payload, sessions)),
    invoke: (id, options) => findUndoable(id, invokePlan(replay, options)),
    realtime: { publish: (id, to, data) => find(id, publishPlan(replay, to, data)) },
  };
}

function stepIdOf(id: StepOptionsOrId): string {
  return typeof id === "string" ? id : id.id;
}

function checkStepId(id: unknown): void {
  const text = typeof id === "object" && id !== null ? (id as { id?: unknown }).id : id;
  if (typeof text === "string" && text !== "") return;
  throw new StepfastError(
    "invalid_request",
    'A step needs an id: step.run("my-step", …) or step.run({ id: "my-step" }, …)',
  );
}

const NO_OPTIONS: OpOptions = Object.freeze({});
const AI_WRAP: OpOptions = Object.freeze({ type: "step.ai.wrap" });

function runPlan(type: "run" | "ai.wrap", fn: RunBody, input: unknown[]): StepPlan {
  if (typeof fn !== "function") {
    throw new StepfastError("invalid_request", `step.${type} needs a function as its second argument`);
  }
  const body = (context: StepContext, given: unknown[] | undefined) => (given ? fn(...given) : fn(context));
  const plan: StepPlan = { type, op: "StepRun", opts: type === "run" ? NO_OPTIONS : AI_WRAP, body };
  if (input.length > 0) plan.input = input;
  return plan;
}

function sleepPlan(duration: DurationInput): StepPlan {
  return { type: "sleep", op: "Sleep", name: durationText(duration), opts: NO_OPTIONS, read: nothing };
}

function sleepUntilPlan(moment: MomentInput): StepPlan {
  return { type: "sleep", op: "Sleep", name: momentText(moment), opts: NO_OPTIONS, read: nothing };
}

interface AnyWaitForEvent {
  event: unknown;
  timeout: DurationInput | MomentInput;
  if?: string;
  match?: string;
}

function waitForEventPlan(
  stepId: string,
  { event, timeout, if: condition, match }: AnyWaitForEvent,
): StepPlan {
  const name = isEventType(event) ? event.name : event;
  if (typeof name !== "string" || name === "") {
    throw new StepfastError(
      "invalid_request",
      "step.waitForEvent needs the event to wait for: { event, timeout }",
    );
  }
  const opts: OpOptions = { timeout: timeoutText(timeout) };
  const expression = match ? matchExpression(match) : condition;
  if (expression !== undefined) opts.if = expression;
  const plan: StepPlan = { type: "waitForEvent", op: "WaitForEvent", name, opts };
  const schema = isEventType(event) ? event.schema : undefined;
  if (isSchema(schema)) plan.read = (value) => checkAwaitedEvent(stepId, schema, value);
  return plan;
}

function waitForSignalPlan({ signal, timeout, onConflict }: WaitForSignalOptions): StepPlan {
  if (typeof signal !== "string" || signal === "") {
    throw new StepfastError(
      "invalid_request",
      "step.waitForSignal needs the signal to wait for: { signal, timeout, onConflict }",
    );
  }
  const opts: OpOptions = { signal, timeout: timeoutText(timeout), conflict: onConflict ?? "fail" };
  return { type: "waitForSignal", op: "WaitForSignal", name: signal, opts };
}
