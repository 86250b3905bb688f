import { asError } from "../errors/as-error.ts";
import { isFinalForFunction } from "../errors/classify.ts";
import type { MemoizedStep } from "../middleware/base.ts";
import type { UntypedHandler } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";
import { withinRun } from "./ambient.ts";
import { handlerContext } from "./handler-context.ts";
import { typedMemo } from "./memo.ts";
import type { HandlerResult, Replay } from "./replay.ts";

/** Runs the function's handler from its first line. Never rejects. */
export async function runHandler(replay: Replay): Promise<HandlerResult> {
  try {
    const { fn, slug } = replay.call;
    const entry = fn.entry(slug);
    const context = handlerContext(replay, entry);
    if (entry.check) await entry.check(context.events);
    const handler: UntypedHandler = (given) =>
      withinRun({ replay, step: context.step, group: context.group, context: given }, replay.isFollowed, () =>
        entry.handler(given),
      );
    if (replay.middleware) return await runWrapped(replay, handler, context);
    return { output: await handler(context) };
  } catch (thrown) {
    return { thrown };
  }
}

async function runWrapped(replay: Replay, handler: UntypedHandler, context: Untyped): Promise<HandlerResult> {
  const { middleware, call } = replay;
  if (!middleware) return { output: await handler(context) };
  const { chain } = middleware;
  const steps: Record<string, MemoizedStep> = {};
  for (const [id, value] of Object.entries(replay.memos)) steps[id] = typedMemo(value);
  const input = await chain.transformFunctionInput({ ctx: context, steps, fn: call.fn });
  replay.replaceMemos(input.steps);
  middleware.ctx = input.ctx;
  await middleware.checkMemoisationEnd();
  if (call.attempt === 0 && Object.keys(call.request.steps).length === 0)
    await chain.tell("onRunStart", middleware.base);
  try {
    const output = await chain.wrap("wrapFunctionHandler", middleware.base, async () => handler(input.ctx));
    return { output };
  } catch (thrown) {
    return { thrown };
  }
}

/** Tells middleware how the run ended, once it has. */
export async function tellEnd(replay: Replay, result: HandlerResult): Promise<void> {
  const { middleware, call } = replay;
  if (!middleware) return;
  const { chain, base } = middleware;
  if ("output" in result) return chain.tell("onRunComplete", { ...base, output: result.output });
  const isFinalAttempt = isFinalForFunction(result.thrown) || call.attempt + 1 >= call.maxAttempts;
  return chain.tell("onRunError", { ...base, error: asError(result.thrown), isFinalAttempt });
}
