import type { Inngest } from "../client/client.ts";
import type { InngestFunction } from "../function/function.ts";
import type { EventOf } from "../function/trigger.ts";
import type { BaseContext, Context } from "./handler.ts";
import type { Jsonify } from "./json.ts";
import type { StepTools } from "./step-tools.ts";
import type { Untyped } from "./untyped.ts";

/** The context that a client's handlers receive, or the handler of a function. */
export type GetFunctionInput<T> =
  T extends InngestFunction<infer TTriggers, Untyped>
    ? Omit<Context, "event" | "events"> & {
        event: EventOf<TTriggers>;
        events: [EventOf<TTriggers>, ...EventOf<TTriggers>[]];
      }
    : T extends Inngest<Untyped>
      ? BaseContext<T>
      : never;

/** What a function's handler returns, promises resolved. */
export type GetFunctionOutputRaw<F> =
  F extends InngestFunction<Untyped, infer TOutput> ? Awaited<TOutput> : never;

/** A function's output as others see it: through JSON. */
export type GetFunctionOutput<F> = Jsonify<GetFunctionOutputRaw<F>>;

/** The options a client was made with. */
export type ClientOptionsFromInngest<C> = C extends Inngest<infer TOptions> ? TOptions : never;

/** The step tools of a client's functions. */
export type GetStepTools<C extends Inngest<Untyped>> = C extends Inngest<Untyped> ? StepTools : never;
