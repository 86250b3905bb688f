import { StepfastError } from "@stepfast/protocol";
import { InngestFunction } from "../function/function.ts";
import type { FunctionSettings } from "../function/options.ts";
import type { TriggerInput } from "../function/trigger.ts";
import type { ContextOfMiddleware, MiddlewareClass } from "../middleware/base.ts";
import type { FailureHandler, TriggeredHandler, UntypedHandler } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";
import type { Inngest } from "./client.ts";

/** The v4 form: triggers are part of the configuration. */
export type FunctionConfigWithTriggers<
  TTriggers extends TriggerInput,
  TExtra,
  TMiddleware,
> = FunctionSettings & {
  triggers?: TTriggers;
  middleware?: TMiddleware;
  /** Runs as a function of its own once this one has failed. */
  onFailure?: FailureHandler<TTriggers, TExtra & ContextOfMiddleware<TMiddleware>>;
};

/** The v3 form: triggers are the second argument. */
export type FunctionConfigWithoutTriggers<
  TTriggers extends TriggerInput,
  TExtra,
  TMiddleware,
> = FunctionSettings & {
  triggers?: never;
  middleware?: TMiddleware;
  onFailure?: FailureHandler<TTriggers, TExtra & ContextOfMiddleware<TMiddleware>>;
};

/** `client.createFunction`, in both of its forms. `TExtra`: what the client's middleware adds to the context;
 * the function's own adds to that. */
export interface CreateFunction<TExtra> {
  <
    const TTriggers extends TriggerInput = undefined,
    TOutput = unknown,
    const TMiddleware extends readonly MiddlewareClass[] = [],
  >(
    config: FunctionConfigWithTriggers<TTriggers, TExtra, TMiddleware>,
    handler: TriggeredHandler<TTriggers, TOutput, TExtra & ContextOfMiddleware<TMiddleware>>,
  ): InngestFunction<TTriggers, TOutput>;
  <
    const TTriggers extends TriggerInput,
    TOutput = unknown,
    const TMiddleware extends readonly MiddlewareClass[] = [],
  >(
    config: FunctionConfigWithoutTriggers<TTriggers, TExtra, TMiddleware>,
    triggers: TTriggers,
    handler: TriggeredHandler<TTriggers, TOutput, TExtra & ContextOfMiddleware<TMiddleware>>,
  ): InngestFunction<TTriggers, TOutput>;
}

/** Makes a function of either form's arguments. Throws `invalid_config`. */
export function functionOf(
  client: Inngest<Untyped>,
  config: Untyped,
  second: unknown,
  third: unknown,
): InngestFunction<Untyped, Untyped> {
  const handler = third ?? second;
  if (typeof handler !== "function") {
    throw new StepfastError(
      "invalid_config",
      `Function "${config?.id}" has no handler: give it as the last argument`,
    );
  }
  const { triggers, onFailure, ...opts } = config ?? {};
  return new InngestFunction<Untyped, Untyped>({
    client,
    opts,
    triggers: (third === undefined ? triggers : second) as TriggerInput,
    handler: handler as UntypedHandler,
    onFailure,
  });
}
