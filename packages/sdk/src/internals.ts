/** What packages that test functions need beside the SDK itself: one execution of a function, without a server. */
import { hashStepId } from "@stepfast/protocol";
import { NonRetriableError } from "./errors/non-retriable-error.ts";
import { reviveError } from "./errors/revive.ts";
import { serializeError } from "./errors/serialize.ts";
import { ServerTiming as Timing } from "./execution/trial/server-timing.ts";

export * as InngestExecution from "./execution/trial/execution.ts";
export * as types from "./types.ts";

export const InngestExecutionEngine = { _internals: { hashId: (id: string): string => hashStepId(id) } };
export const ServerTiming = { ServerTiming: Timing };
export const errors = { serializeError, deserializeError: reviveError, NonRetriableError };
