import type { CallAnswer, CallRequest, Op } from "@stepfast/protocol";
import { runHandler, tellEnd } from "../execution/handler.ts";
import type { CheckpointSettings } from "../execution/remote/checkpoints.ts";
import { RemoteRun } from "../execution/remote/run.ts";
import { InngestFunction } from "../function/function.ts";
import { chainFor } from "../middleware/chain.ts";
import type { ServeClient } from "../serve/contract.ts";
import type { EventStream } from "./event-stream.ts";
import type { EndpointOptions } from "./options.ts";

/** Every step is told of as soon as it is done, however long the request takes; what is streamed after it is kept by then. */
const ONE_BY_ONE: CheckpointSettings = {
  maxRuntimeMs: 0,
  bufferedSteps: 1,
  maxIntervalMs: 0,
};

export const DEFAULT_RETRIES = 3;

export interface EndpointCall {
  client: ServeClient;
  options: EndpointOptions;
  /** Names the function where the options do not. */
  name: string;
  request: CallRequest;
  stream: EventStream | undefined;
  handler: () => unknown;
  /** Absent: every step is only part of the answer. */
  checkpoint?: (ops: Op[]) => Promise<void>;
}

/** One pass through an endpoint's handler, as through a function's. Never rejects. */
export async function runEndpoint(call: EndpointCall): Promise<CallAnswer> {
  const { client, options, request, stream, handler, checkpoint } = call;
  // A caller who hangs up does not end a durable run.
  const { signal } = new AbortController();
  const opts = { id: options.functionId || call.name, retries: options.retries ?? DEFAULT_RETRIES };
  const fn = new InngestFunction({ client, opts, triggers: undefined, handler });
  const { attempt, max_attempts: maxAttempts } = request.ctx;
  const isDevelopment = client.mode === "dev";
  const run = new RemoteRun(
    { fn, slug: opts.id, request, attempt, maxAttempts, signal, chain: chainFor(fn), isDevelopment, stream },
    checkpoint,
    ONE_BY_ONE,
  );
  runHandler(run.replay).then(async (result) => {
    await tellEnd(run.replay, result);
    run.ended(result);
  });
  return run.answer;
}
