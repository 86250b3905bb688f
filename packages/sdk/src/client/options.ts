import type { EndpointAdapter } from "../endpoint/adapter.ts";
import type { CheckpointingOptions } from "../function/options.ts";
import type { Logger } from "../logging/logger.ts";
import type { MiddlewareClass } from "../middleware/base.ts";

export interface ClientOptions {
  /** Id of the app; the first part of its functions' slugs. */
  id: string;
  /** Key for sending events; else `INNGEST_EVENT_KEY`. */
  eventKey?: string;
  /** Base of both APIs; overrides the environment. */
  baseUrl?: string;
  fetch?: typeof fetch;
  /** Environment name; else `INNGEST_ENV` or the platform's branch. */
  env?: string;
  /** True: a development server. False: production. Else the environment decides. */
  isDev?: boolean;
  /** Any logger with debug, info, warn and error. Default: the console from level info. */
  logger?: Logger;
  /** For what the SDK itself has to say. Default: `logger`. */
  internalLogger?: Logger;
  /** Middleware classes. */
  middleware?: readonly MiddlewareClass[];
  appVersion?: string;
  signingKey?: string;
  signingKeyFallback?: string;
  checkpointing?: boolean | CheckpointingOptions;
  experimentalCheckpointing?: boolean | CheckpointingOptions;
  /** False: execution version 1, where each finished parallel step leads to a call. */
  optimizeParallelism?: boolean;
  /** Carry a run's sessions into the events it sends. Default true. */
  sessionPropagation?: boolean;
  /** Needed for `client.endpoint()`: `endpointAdapter` of `stepfast/edge`, `/node` or `/next`. */
  endpointAdapter?: EndpointAdapter;
  aiMetadata?: boolean;
}
