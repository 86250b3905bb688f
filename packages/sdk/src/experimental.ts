export { createDefer, DeferredFunction, type DeferredOptions } from "./function/deferred.ts";
export type {
  Defer,
  DeferHandle,
  DeferOptions,
  DeferParent,
  DeferredHandler,
  DeferWhen,
} from "./types/context.ts";
