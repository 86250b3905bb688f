import { isUlid, type OpOptions, sha1Hex, ulidTime } from "@stepfast/protocol";
import type { StepPlan } from "../execution/found-step.ts";
import { throughJson } from "../execution/memo.ts";
import type { Replay } from "../execution/replay.ts";
import type { EventSessions, SendEventPayload } from "../types/event.ts";

const SEND_EVENT: OpOptions = Object.freeze({ type: "step.sendEvent" });
const SEND_SIGNAL: OpOptions = Object.freeze({ type: "step.sendSignal" });
const SEED_BYTES = 10;

/** Plan of `step.sendEvent`: a step whose body sends. */
export function sendEventPlan(
  replay: Replay,
  payload: SendEventPayload,
  sessions: EventSessions | undefined,
): StepPlan {
  const { fn } = replay.call;
  return {
    type: "sendEvent",
    op: "StepRun",
    name: "sendEvent",
    opts: SEND_EVENT,
    body: (context) =>
      fn.client.sendFrom(fn, payload, { seed: eventSeed(replay, context.idempotencyKey), sessions }),
  };
}

/** Plan of `step.sendSignal`. */
export function sendSignalPlan(replay: Replay, options: { signal: string; data?: unknown }): StepPlan {
  return {
    type: "sendSignal",
    op: "StepRun",
    name: "sendSignal",
    opts: SEND_SIGNAL,
    body: () =>
      replay.call.fn.client.sendSignal({
        signal: options.signal,
        data: throughJson(options.data).given,
      }),
  };
}

/**
 * The seed from which events get their ids (PROTOCOL §6): the same on every attempt of a step, so that sending them
 * again sends the same events.
 */
function eventSeed(replay: Replay, stepKey: string): string {
  const { run_id: runId } = replay.call.request.ctx;
  const timeMs = isUlid(runId) ? ulidTime(runId) : replay.call.request.event.ts;
  return `${timeMs},${base64(sha1Hex(stepKey).slice(0, SEED_BYTES * 2))}`;
}

function base64(hex: string): string {
  let text = "";
  for (let i = 0; i < hex.length; i += 2)
    text += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16));
  return btoa(text);
}
