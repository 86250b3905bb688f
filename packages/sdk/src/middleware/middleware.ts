/** All of `Middleware.…`: the base class, and the types of what hooks are given. */
import type { RunHookArgs, SendEventArgs, StepHookArgs } from "./base.ts";

export type { StepTools } from "../types/step-tools.ts";
export {
  BaseMiddleware,
  type DefaultStaticTransform,
  type FunctionInputArgs as TransformFunctionInputArgs,
  type MiddlewareClass as Class,
  type RegisterArgs as OnRegisterArgs,
  type RequestInfo as Request,
  type RequestResponse as Response,
  type RunHookArgs as OnMemoizationEndArgs,
  type RunHookArgs as OnRunStartArgs,
  type SendEventArgs as TransformSendEventArgs,
  type StaticTransform,
  type StepHookArgs as OnStepStartArgs,
  type StepInfo,
  type StepInputArgs as TransformStepInputArgs,
  type StepType,
  type WrapRequestArgs,
} from "./base.ts";

/** Goes on with what the hook is around. */
interface Next {
  next: () => Promise<unknown>;
}

export type OnRunCompleteArgs = RunHookArgs & { output: unknown };
export type OnRunErrorArgs = RunHookArgs & { error: Error; isFinalAttempt: boolean };
export type OnStepCompleteArgs = StepHookArgs & { output: unknown };
export type OnStepErrorArgs = StepHookArgs & { error: Error; isFinalAttempt: boolean };
export type WrapFunctionHandlerArgs = RunHookArgs & Next;
export type WrapStepArgs = StepHookArgs & Next;
export type WrapStepHandlerArgs = StepHookArgs & Next;
export type WrapSendEventArgs = SendEventArgs & Next;
