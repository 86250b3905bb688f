import { INLINE } from "@stepfast/protocol";
import type { Untyped } from "../types/untyped.ts";
import type { DeferredFunction } from "./deferred.ts";
import type { InngestFunction } from "./function.ts";

/** Also true of a function from another copy of this package. */
export function isInngestFunction(value: unknown): value is InngestFunction<Untyped, Untyped> {
  return typeof value === "object" && value !== null && INLINE in value;
}

/** Whether a function was made by `createDefer`. */
export function isDeferredFunction(value: unknown): value is DeferredFunction<Untyped, Untyped> {
  return isInngestFunction(value) && "isDeferred" in value;
}
