import type { CallAnswer, CallRequest } from "@stepfast/protocol";
import type { EndpointFacts } from "../domain/function-facts.ts";

/** One call to a function in another process. */
export interface RemoteCall {
  /** The function's step URL as registered, without query. */
  url: string;
  /** Slug of the function. */
  functionId: string;
  appId: string;
  /** `step`, or the hash of the only step to run. */
  stepId: string;
  request: CallRequest;
  /** Set: the function is a durable endpoint, called with this request, and fetches its state itself. */
  endpoint?: EndpointFacts | undefined;
  requestId: string;
  generation: number;
}

/** Calls functions in other processes (PROTOCOL §3–§4). */
export interface Remote {
  /**
   * The SDK's answer. A transport failure or an answer that is not an SDK's comes back as a retriable `error`; it
   * never rejects. Null: nothing was called, because no worker of the app is connected to this node.
   */
  call(call: RemoteCall): Promise<CallAnswer | null>;
}

/** Processes that connect to this node to be given work (PROTOCOL §11). */
export interface Workers {
  /** Apps that have a worker here which takes work. */
  readonly apps: ReadonlySet<string>;
}

export const noWorkers: Workers = { apps: new Set() };
