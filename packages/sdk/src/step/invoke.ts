import { type OpOptions, StepfastError } from "@stepfast/protocol";
import type { StepPlan } from "../execution/found-step.ts";
import type { Replay } from "../execution/replay.ts";
import { isInngestFunction } from "../function/kinds.ts";
import { FunctionReference } from "../function/reference.ts";
import { timeoutText } from "../time/duration.ts";
import type { InvokeOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";

const DEFAULT_TIMEOUT = "365d";

type AnyInvoke = InvokeOptions<Untyped> & { function: unknown };

/** Plan of `step.invoke`. */
export function invokePlan(replay: Replay, options: AnyInvoke): StepPlan {
  const payload: NonNullable<OpOptions["payload"]> = {};
  if (options.data !== undefined) payload.data = options.data;
  if (options.v !== undefined) payload.v = options.v;
  if (options.user !== undefined) payload.user = options.user;
  if (options.meta !== undefined) payload.meta = options.meta as Untyped;
  const opts: OpOptions = {
    function_id: targetSlug(replay, options.function),
    payload: JSON.parse(JSON.stringify(payload)),
    timeout: timeoutText(options.timeout ?? DEFAULT_TIMEOUT),
  };
  return { type: "invoke", op: "InvokeFunction", name: null, opts };
}

function targetSlug(replay: Replay, target: unknown): string {
  const { client } = replay.call.fn;
  if (isInngestFunction(target)) return target.id(target.client?.id ?? client.id);
  if (target instanceof FunctionReference) return `${target.appId ?? client.id}-${target.functionId}`;
  throw new StepfastError(
    "invalid_request",
    "Invalid invocation options: step.invoke needs { function } to be a function or a referenceFunction({ functionId })",
  );
}
