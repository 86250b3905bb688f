import type { Inngest } from "../client/client.ts";
import type { InngestFunction } from "../function/function.ts";
import type { RunContext, TriggeredContext } from "../types/context.ts";
import type { EventPayload } from "../types/event.ts";
import type { Jsonify } from "../types/json.ts";
import type { MaybePromise } from "../types/maybe-promise.ts";
import type { StepOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";

type AnyFunction = InngestFunction<Untyped, Untyped>;

/** The tool that made a step. */
export type StepType =
  | "run"
  | "sendEvent"
  | "sendSignal"
  | "sleep"
  | "waitForEvent"
  | "waitForSignal"
  | "invoke"
  | "fetch"
  | "ai.infer"
  | "ai.wrap"
  | "realtime.publish"
  | "group.experiment";

/** A step as middleware sees it. */
export interface StepInfo {
  hashedId: string;
  /** Its result is already known: nothing will be executed. */
  memoized: boolean;
  stepType: StepType;
  options: StepOptions;
  input?: unknown[];
}

/** `fn` is null for the client itself. */
export interface RegisterArgs {
  client: Inngest<Untyped>;
  fn: AnyFunction | null;
}

/** What is known of a step: its result, its failure, or input that replaces what the code gives it. */
export type MemoizedStep =
  | { type: "data"; data: unknown }
  | { type: "error"; error: unknown }
  | { type: "input"; input: unknown };

export interface FunctionInputArgs {
  /** The context of any function. What other middleware added is in it, too, but not in its type. */
  ctx: TriggeredContext;
  /** Memoised steps by hash. */
  steps: Record<string, MemoizedStep>;
  fn: AnyFunction;
}

/** What is to take its place. */
export interface ChangedInput extends Omit<FunctionInputArgs, "ctx"> {
  ctx: object;
}

export interface StepInputArgs {
  fn: AnyFunction;
  stepInfo: StepInfo;
  stepOptions: StepOptions;
  input: unknown[];
}

export interface SendEventArgs {
  events: EventPayload[];
  /** The function that sends; null for `client.send`. */
  fn: AnyFunction | null;
}

export interface RunHookArgs {
  ctx: Untyped;
  fn: AnyFunction;
}

export interface StepHookArgs extends RunHookArgs {
  stepInfo: StepInfo;
}

export interface RequestInfo {
  body(): Promise<unknown>;
  headers: Readonly<Record<string, string>>;
  method: string;
  url: URL;
}

export interface RequestResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface WrapRequestArgs {
  next: () => Promise<RequestResponse>;
  fn: AnyFunction;
  requestArgs: readonly unknown[];
  requestInfo: RequestInfo;
  runId: string;
}

/**
 * Base of all middleware. Pass the class, not an object: a new instance serves each request and each `send`. Only
 * the hooks a class defines are called; transforms run in order, wraps nest with the first one outermost.
 */
export abstract class BaseMiddleware {
  abstract readonly id: string;
  /** Types only. */
  declare functionOutputTransform: DefaultStaticTransform;
  /** Types only. */
  declare stepOutputTransform: DefaultStaticTransform;
  readonly client: Inngest<Untyped>;

  constructor({ client }: { client: Inngest<Untyped> }) {
    this.client = client;
  }

  /** When a client (`fn` is null), or a function, is made that lists this middleware. */
  static onRegister?(args: RegisterArgs): void;

  /** Before the handler, on every call: may change context and memoised steps. */
  transformFunctionInput?(args: FunctionInputArgs): MaybePromise<ChangedInput | undefined>;
  /** Each step, also a memoised one: may change its options and input. A changed id is another step. */
  transformStepInput?(args: StepInputArgs): MaybePromise<StepInputArgs | undefined>;
  /** Events about to be sent. */
  transformSendEvent?(args: SendEventArgs): MaybePromise<SendEventArgs | undefined>;

  /** Around a POST of the engine. */
  wrapRequest?(args: WrapRequestArgs): Promise<RequestResponse>;
  /** Around the handler, on every replay. */
  wrapFunctionHandler?(args: RunHookArgs & { next: () => Promise<unknown> }): Promise<unknown>;
  /** Around a step's result, also a memoised one. */
  wrapStep?(args: StepHookArgs & { next: () => Promise<unknown> }): Promise<unknown>;
  /** Around a step's callback when it really runs. */
  wrapStepHandler?(args: StepHookArgs & { next: () => Promise<unknown> }): Promise<unknown>;
  /** Around the sending of events. */
  wrapSendEvent?(args: SendEventArgs & { next: () => Promise<unknown> }): Promise<unknown>;

  /** Once a call has seen all it knew before. */
  onMemoizationEnd?(args: RunHookArgs): MaybePromise<void>;
  onRunStart?(args: RunHookArgs): MaybePromise<void>;
  onRunComplete?(args: RunHookArgs & { output: unknown }): MaybePromise<void>;
  onRunError?(args: RunHookArgs & { error: Error; isFinalAttempt: boolean }): MaybePromise<void>;
  onStepStart?(args: StepHookArgs): MaybePromise<void>;
  onStepComplete?(args: StepHookArgs & { output: unknown }): MaybePromise<void>;
  onStepError?(args: StepHookArgs & { error: Error; isFinalAttempt: boolean }): MaybePromise<void>;
}

/** What middleware says that it makes of outputs, as a type: `Out` of `In`. */
export interface StaticTransform {
  In: unknown;
  Out: unknown;
}

/** What JSON makes of them. */
export interface DefaultStaticTransform extends StaticTransform {
  Out: Jsonify<this["In"]>;
}

/** A middleware class, as `middleware: [...]` lists them. */
export interface MiddlewareClass {
  new (args: { client: Inngest<Untyped> }): BaseMiddleware;
  onRegister?(args: RegisterArgs): void;
}

/** What the middleware in a client's or a function's options adds to the handler's context. */
export type ContextOfOptions<TOptions> = TOptions extends { middleware: infer TClasses }
  ? ContextOfMiddleware<TClasses>
  : unknown;

/** What middleware classes add to the handler's context, read from what their `transformFunctionInput` returns. */
export type ContextOfMiddleware<TClasses> = TClasses extends readonly [infer TFirst, ...infer TRest]
  ? ContextOfClass<TFirst> & ContextOfMiddleware<TRest>
  : unknown;

type ContextOfClass<TClass> = TClass extends new (
  args: Untyped,
) => infer TInstance
  ? TInstance extends { transformFunctionInput(args: Untyped): infer TReturn }
    ? Awaited<TReturn> extends { ctx: infer TContext }
      ? 0 extends 1 & TContext
        ? unknown
        : AddedTo<TContext>
      : unknown
    : unknown
  : unknown;

type KnownMember = keyof RunContext | "event" | "events";

/** What is new in a context: members of its own, and tools beside the known ones in `step` and `group`. */
type AddedTo<TContext> = Omit<TContext, KnownMember> &
  AddedTools<TContext, "step"> &
  AddedTools<TContext, "group">;

type AddedTools<TContext, TKey extends "step" | "group"> =
  TContext extends Record<TKey, infer TTools>
    ? [Exclude<keyof TTools, keyof RunContext[TKey]>] extends [never]
      ? unknown
      : Record<TKey, Omit<TTools, keyof RunContext[TKey]>>
    : unknown;
