import type { Inngest } from "../client/client.ts";
import type { TriggerInput } from "../function/trigger.ts";
import type { ContextOfOptions } from "../middleware/base.ts";
import type { TriggeredContext, TriggeredHandler } from "./context.ts";
import type { StepTools } from "./step-tools.ts";
import type { Untyped } from "./untyped.ts";

type AnyClient = Inngest<Untyped>;
type ExtraOf<TClient> = TClient extends Inngest<infer TOptions> ? ContextOfOptions<TOptions> : unknown;
type ClientContext<TClient, TOverrides> = Omit<
  TriggeredContext<undefined, ExtraOf<TClient>>,
  keyof TOverrides
> &
  TOverrides;

/** What every handler of this client's functions receives. */
export type BaseContext<TClient extends AnyClient = AnyClient> = ClientContext<TClient, unknown>;

/**
 * A handler's context: by the client, with what its middleware adds (`Context<typeof inngest>`), or by triggers
 * (`Context<{ event: "a" }>`). The second type replaces members of the same name.
 */
export type Context<TFor extends AnyClient | TriggerInput = undefined, TExtra = unknown> = [TFor] extends [
  AnyClient,
]
  ? ClientContext<TFor, TExtra>
  : TFor extends TriggerInput
    ? TriggeredContext<TFor, TExtra>
    : never;
export declare namespace Context {
  type Any = Context;
}

/** A handler: `Handler<typeof inngest, TOverrides>`, or `Handler<TTriggers, TOutput, TExtra>`. */
export type Handler<
  TFor extends AnyClient | TriggerInput = undefined,
  TSecond = unknown,
  TExtra = unknown,
> = [TFor] extends [AnyClient]
  ? (context: ClientContext<TFor, TSecond>) => unknown
  : TFor extends TriggerInput
    ? TriggeredHandler<TFor, TSecond, TExtra>
    : never;
export declare namespace Handler {
  type Any = (context: Untyped) => unknown;
}

/** A handler: `HandlerWithTriggers<TTriggers, TOutput>`, or `HandlerWithTriggers<TStepTools, TTriggers, TExtra>`. */
export type HandlerWithTriggers<
  TFirst extends StepTools | TriggerInput,
  TSecond = unknown,
  TExtra = unknown,
> = [TFirst] extends [StepTools]
  ? (context: TriggeredContext<TSecond extends TriggerInput ? TSecond : undefined, TExtra>) => unknown
  : TFirst extends TriggerInput
    ? TriggeredHandler<TFirst, TSecond, TExtra>
    : never;
