import type { StandardSchemaV1 } from "@standard-schema/spec";
import { StepfastError } from "@stepfast/protocol";
import type { Untyped, UntypedData } from "../types/untyped.ts";
import type { InngestFunction } from "./function.ts";
import type { InvokeData } from "./trigger.ts";

/** A function known by its ids only: of another app, or not to be imported. */
export class FunctionReference<TData = UntypedData, TOutput = Untyped> {
  readonly functionId: string;
  /** The app it belongs to; undefined: the invoking one. */
  readonly appId: string | undefined;
  /** Types only. */
  declare readonly "~types": { data: TData; output: TOutput };

  constructor(options: { functionId: string; appId?: string | undefined }) {
    if (typeof options?.functionId !== "string" || options.functionId === "") {
      throw new StepfastError(
        "invalid_config",
        'referenceFunction needs the id of a function: { functionId: "…" }',
      );
    }
    this.functionId = options.functionId;
    this.appId = options.appId;
  }
}

export declare namespace FunctionReference {
  type Any = FunctionReference<Untyped, Untyped>;
  type Like = Any;
}

export interface ReferenceSchemas<TData, TOutput> {
  data?: StandardSchemaV1<TData, TData>;
  return?: StandardSchemaV1<TOutput, TOutput>;
}

/** Refers to a function by id, typed by the function's type or by schemas, for `step.invoke`. */
export function referenceFunction<F extends InngestFunction<Untyped, Untyped>>(options: {
  functionId: string;
  appId?: string;
}): F extends InngestFunction<infer TTriggers, infer TOutput>
  ? FunctionReference<InvokeData<TTriggers>, TOutput>
  : never;
export function referenceFunction<TData = UntypedData, TOutput = Untyped>(options: {
  functionId: string;
  appId?: string;
  schemas?: ReferenceSchemas<TData, TOutput>;
}): FunctionReference<TData, TOutput>;
export function referenceFunction(options: { functionId: string; appId?: string }): FunctionReference {
  return new FunctionReference(options);
}
