import type { models } from "@inngest/ai";
import type { DataOf, EventType } from "../function/event-type.ts";
import type { InngestFunction } from "../function/function.ts";
import type { FunctionReference } from "../function/reference.ts";
import type { InvokeData } from "../function/trigger.ts";
import type { TopicRef } from "../realtime/channel.ts";
import type { StepPromise, UndoableStepPromise } from "../step/promise.ts";
import type { DurationInput, MomentInput } from "../time/duration.ts";
import type { EventMeta, ReceivedEvent, SendEventBaseOutput, SendEventPayload } from "./event.ts";
import type { Jsonify } from "./json.ts";
import type { AiModel, InferOptions, ModelOutput } from "./offload.ts";
import type { Untyped, UntypedData } from "./untyped.ts";

export interface StepOptions {
  id: string;
  /** Shown instead of the id. */
  name?: string;
  /** `race`: the function goes on as soon as this step is done, without waiting for those beside it. */
  parallelMode?: "race";
  /** Taken, and without effect: for steps that a library makes. */
  "~span"?: unknown;
  /** Taken, and without effect. */
  "~origin"?: string;
}

/** A step's id, or its id and more. An id may be used again: later uses are counted. */
export type StepOptionsOrId = string | StepOptions;

/** What a step callback without input arguments receives. */
export interface StepContext {
  /** Zero-based attempt of this step. */
  readonly attempt: number;
  /** Aborted when the run is cancelled. The step itself is never interrupted. */
  readonly signal: AbortSignal;
  /** The same on every attempt of this step in this run, and on no other step. */
  readonly idempotencyKey: string;
}

/** What a step's rollback receives beside the step's output. */
export interface RollbackContext extends StepContext {
  /** The `idempotencyKey` that the step itself had in this run: look up by it what the step did. */
  readonly stepIdempotencyKey: string;
}

export interface WaitForEventOptions<TEvent extends string | EventType<string, unknown>> {
  event: TEvent;
  /** A duration, or the moment at which to give up. */
  timeout: DurationInput | MomentInput;
  /** Expression over `event` (the run's) and `async` (the awaited one). */
  if?: string;
  /** A path that both events must agree on, e.g. "data.userId". */
  match?: string;
}

/** The event waited for. */
export type AwaitedEvent<TEvent> =
  TEvent extends EventType<infer TName, infer TSchema>
    ? ReceivedEvent<TName, DataOf<TSchema>>
    : TEvent extends string
      ? ReceivedEvent<TEvent>
      : never;

export interface WaitForSignalOptions {
  signal: string;
  timeout: DurationInput | MomentInput;
  /** What happens if another run waits for this signal: `fail` fails this step, `replace` takes it over. */
  onConflict: "fail" | "replace";
}

export interface SendSignalResponse {
  /** The run that was waiting; undefined if nobody was. */
  runId: string | undefined;
}

export interface InvokeOptions<TData> {
  data?: TData;
  v?: string;
  meta?: EventMeta;
  user?: UntypedData;
  /** How long to wait for the result. Default one year. */
  timeout?: DurationInput | MomentInput;
}

/** What `step.invoke` takes for a function. */
export type Invokable = InngestFunction<Untyped, Untyped> | FunctionReference<Untyped, Untyped>;
type InvocationInput<F> =
  F extends InngestFunction<infer TTriggers, Untyped>
    ? InvokeData<TTriggers>
    : F extends FunctionReference<infer TData, Untyped>
      ? TData
      : never;
type InvocationOutput<F> =
  F extends InngestFunction<Untyped, infer TOutput>
    ? Jsonify<Awaited<TOutput>>
    : F extends FunctionReference<Untyped, infer TOutput>
      ? Jsonify<Awaited<TOutput>>
      : never;

/** A step that runs code: `run` and `ai.wrap`. */
export interface RunStep {
  /** Runs `fn` once; its result, through JSON, is what every later replay sees. Rejects with `StepError`. */
  <T>(id: StepOptionsOrId, fn: (context: StepContext) => T): UndoableStepPromise<Jsonify<Awaited<T>>>;
  /** As above, with input arguments that are recorded with the step. */
  <TInput extends [unknown, ...unknown[]], T>(
    id: StepOptionsOrId,
    fn: (...input: TInput) => T,
    ...input: TInput
  ): UndoableStepPromise<Jsonify<Awaited<T>>>;
}

/** The step tools of a function's context. */
export interface StepTools {
  run: RunStep;
  ai: {
    /** Makes models for `infer`: `step.ai.models.openai({ model })`. */
    models: typeof models;
    /** As `run`, for a call of an AI SDK. */
    wrap: RunStep;
    /**
     * The server asks the model: nothing of this process waits meanwhile. Resolves with the provider's JSON. An answer
     * that is no success is tried again, then rejects with `StepError`.
     */
    infer<TModel extends AiModel>(
      id: StepOptionsOrId,
      options: InferOptions<TModel>,
    ): StepPromise<ModelOutput<TModel>>;
  };
  /**
   * As the global `fetch`, but made by the server, once: whatever was answered is what every later replay sees. Bodies
   * are text. Its step id is `step.fetch: <host>`. Within the body of a step it is the global `fetch`.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Waits without using anything. Milliseconds, text ("1h30m") or a `Temporal.Duration`. */
  sleep(id: StepOptionsOrId, duration: DurationInput): StepPromise<void>;
  sleepUntil(id: StepOptionsOrId, moment: MomentInput): StepPromise<void>;
  /** The first matching event after this step was reached, or `null` on timeout. */
  waitForEvent<TEvent extends string | EventType<string, Untyped>>(
    id: StepOptionsOrId,
    options: WaitForEventOptions<TEvent>,
  ): StepPromise<AwaitedEvent<TEvent> | null>;
  /** The signal, or `null` on timeout. */
  waitForSignal<TData = Untyped>(
    id: StepOptionsOrId,
    options: WaitForSignalOptions,
  ): StepPromise<{ signal: string; data: TData } | null>;
  sendSignal(
    id: StepOptionsOrId,
    options: { signal: string; data?: unknown },
  ): StepPromise<SendSignalResponse>;
  /** Sends events once: a retry of this step sends the same ones. */
  sendEvent(id: StepOptionsOrId, payload: SendEventPayload): UndoableStepPromise<SendEventBaseOutput>;
  /** Runs another function and resolves with its output. Rejects with `StepError` if it fails. */
  invoke<F extends Invokable>(
    id: StepOptionsOrId,
    options: InvokeOptions<InvocationInput<F>> & { function: F },
  ): UndoableStepPromise<InvocationOutput<F>>;
  realtime: {
    /** Publishes once, as a step; resolves with the data. Rejects if they do not fit the topic's schema. */
    publish<TData>(
      id: StepOptionsOrId,
      topic: TopicRef<TData>,
      data: NoInfer<TData>,
    ): StepPromise<Jsonify<TData>>;
  };
}
