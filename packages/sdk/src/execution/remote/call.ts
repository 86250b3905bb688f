import type { CallAnswer, CallRequest, Op } from "@stepfast/protocol";
import type { Inngest } from "../../client/client.ts";
import { chainFor, type MiddlewareChain } from "../../middleware/chain.ts";
import type { Untyped } from "../../types/untyped.ts";
import { runHandler, tellEnd } from "../handler.ts";
import type { AnyFunction, ReplayCall } from "../replay.ts";
import { startRollback, stepToUndo } from "../rollback/call.ts";
import { RemoteRun } from "./run.ts";

export interface RemoteCallParts {
  fn: AnyFunction;
  slug: string;
  client: Inngest<Untyped>;
  request: CallRequest;
  /** Saves finished steps while the call goes on (PROTOCOL §7); absent: they are only part of the answer. */
  checkpoint?: ((ops: Op[]) => Promise<void>) | undefined;
  /** Its signal is aborted when the run is cancelled, or the caller is gone. It may cost something to look at. */
  cancellation?: { readonly signal: AbortSignal } | undefined;
  /** How long the call may go on if neither the function nor its client says. */
  maxRuntimeMs?: number | undefined;
  /** The request's middleware, where the transport made it already. */
  chain?: MiddlewareChain | undefined;
}

/** Runs one call that came over a network and gives its answer (PROTOCOL §5.4). Never rejects. */
export async function callRemote(parts: RemoteCallParts): Promise<CallAnswer> {
  const undone = stepToUndo(parts);
  const call = new RemoteCall(parts, undone !== undefined);
  if (undone !== undefined) return startRollback(call, undone).answer;
  const run = new RemoteRun(call, parts.checkpoint);
  runHandler(run.replay).then(async (result) => {
    await tellEnd(run.replay, result);
    run.ended(result);
  });
  return run.answer;
}

class RemoteCall implements ReplayCall {
  readonly fn: AnyFunction;
  readonly slug: string;
  readonly request: CallRequest;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly chain: MiddlewareChain | undefined;
  readonly isDevelopment: boolean;
  readonly maxRuntimeMs: number | undefined;
  readonly #cancellation: RemoteCallParts["cancellation"];
  #never: AbortController | undefined;

  /** What undoes a cancelled run's steps is not itself cancelled. */
  constructor(parts: RemoteCallParts, isRollback: boolean) {
    const { fn, slug, client, request } = parts;
    const { attempt, max_attempts: maxAttempts } = request.ctx;
    this.fn = fn;
    this.slug = slug;
    this.request = request;
    this.attempt = attempt ?? 0;
    this.maxAttempts = maxAttempts ?? (fn.opts.retries ?? 4) + 1;
    this.chain = parts.chain ?? chainFor(fn);
    this.isDevelopment = client.mode === "dev";
    this.maxRuntimeMs = parts.maxRuntimeMs;
    this.#cancellation = isRollback ? undefined : parts.cancellation;
  }

  get signal(): AbortSignal {
    if (this.#cancellation) return this.#cancellation.signal;
    this.#never ??= new AbortController();
    return this.#never.signal;
  }
}
