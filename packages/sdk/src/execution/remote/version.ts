import { REQUEST_VERSION } from "../answer.ts";
import type { AnyFunction } from "../replay.ts";

/** The execution version of an answer: the one asked for, or this SDK's choice (PROTOCOL §3). */
export function answerVersion(fn: AnyFunction, requested: number | undefined): number {
  if (requested === 1 || requested === 2) return requested;
  const isOptimized = fn.opts.optimizeParallelism ?? fn.client.options.optimizeParallelism ?? true;
  return isOptimized ? REQUEST_VERSION : 1;
}
