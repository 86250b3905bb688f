import type { ConcurrencyConfig, ConcurrencyForms } from "@stepfast/protocol";
import type { MiddlewareClass } from "../middleware/base.ts";
import type { DurationInput, TimeStr } from "../time/duration.ts";
import type { EventType } from "./event-type.ts";

/** How steps are saved while a call goes on. */
export interface CheckpointingOptions {
  /** After this long the call hands over to a fresh one. 0: never. */
  maxRuntime?: DurationInput;
  /** Save when this many steps have finished. Default 1. */
  bufferedSteps?: number;
  /** Save what is there after this long. 0: off. */
  maxInterval?: DurationInput;
}

export interface CancelOnRule {
  event: string | EventType<string, unknown>;
  /** Expression over `event` (the run's) and `async` (the cancelling one). */
  if?: string;
  /** A path that both events must agree on, e.g. "data.userId"; wins over `if`. */
  match?: string;
  /** How long the rule stays armed: a duration or a moment. */
  timeout?: DurationInput | Date;
}

/** Every key of a function's configuration but triggers and the failure handler. */
export interface FunctionSettings {
  /** Stable id; with the client's id it makes the function's slug. */
  id: string;
  name?: string;
  description?: string;
  /** Retries after the first attempt, 0 to 20, for each step and for the function's own code. Default 4. */
  retries?: number;
  /** Of steps; `{ fn, step }` limits whole runs, from start to end, too. */
  concurrency?: number | ConcurrencyConfig | ConcurrencyConfig[] | ConcurrencyForms;
  throttle?: { limit: number; period: TimeStr; burst?: number; key?: string };
  rateLimit?: { limit: number; period: TimeStr; key?: string };
  debounce?: { period: TimeStr; key?: string; timeout?: TimeStr };
  batchEvents?: { maxSize: number; timeout: TimeStr; key?: string; if?: string };
  priority?: { run?: string };
  singleton?: { mode: "skip" | "cancel"; key?: string };
  /** Expression: one run for each of its values in 24 hours. */
  idempotency?: string;
  /** Up to five rules. */
  cancelOn?: CancelOnRule[];
  /** A run that starts or finishes later than this is cancelled. */
  timeouts?: { start?: TimeStr; finish?: TimeStr };
  middleware?: readonly MiddlewareClass[];
  checkpointing?: boolean | CheckpointingOptions;
  experimentalCheckpointing?: boolean | CheckpointingOptions;
  optimizeParallelism?: boolean;
}
