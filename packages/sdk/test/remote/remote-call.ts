import type { CallAnswer, CallRequest, Json, Op } from "@stepfast/protocol";
import { callRemote } from "../../src/execution/remote/call.ts";
import type { InngestFunction } from "../../src/function/function.ts";
import type { Untyped } from "../../src/types/untyped.ts";
import { RUN_ID } from "../inline/fake-host.ts";

export interface RemoteOverrides {
  steps?: Record<string, Json>;
  stack?: string[];
  stepId?: string;
  attempt?: number;
  maxAttempts?: number;
  planOnly?: boolean;
  version?: number;
  event?: { name: string; data: Record<string, Json> };
  defers?: CallRequest["defers"];
  checkpoint?: (ops: Op[]) => Promise<void>;
  maxRuntimeMs?: number;
}

export function remoteRequest(overrides: RemoteOverrides = {}): CallRequest {
  const event = {
    name: "test/happened",
    data: {},
    ...overrides.event,
    user: {},
    id: "event-1",
    ts: 1_700_000_000_000,
  };
  const steps = overrides.steps ?? {};
  const stack = overrides.stack ?? Object.keys(steps);
  return {
    event,
    events: [event],
    steps: steps as CallRequest["steps"],
    ...(overrides.defers ? { defers: overrides.defers } : {}),
    ctx: {
      fn_id: "function-uuid",
      run_id: RUN_ID,
      env: "",
      step_id: overrides.stepId ?? "step",
      attempt: overrides.attempt ?? 0,
      max_attempts: overrides.maxAttempts ?? 5,
      stack: { stack, current: stack.length },
      qi_id: "queue-item",
      disable_immediate_execution: overrides.planOnly ?? false,
      use_api: false,
    },
    version: overrides.version ?? -1,
  };
}

export function call(
  fn: InngestFunction<Untyped, Untyped>,
  overrides: RemoteOverrides = {},
): Promise<CallAnswer> {
  const request = remoteRequest(overrides);
  const { checkpoint, maxRuntimeMs } = overrides;
  return callRemote({ fn, slug: fn.id("app"), client: fn.client, request, checkpoint, maxRuntimeMs });
}

export function opsOf(answer: CallAnswer): Op[] {
  if (answer.kind !== "ops") throw new Error(`Expected ops, got ${JSON.stringify(answer)}`);
  return answer.ops;
}
