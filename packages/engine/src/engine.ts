import type { FunctionConfig, IncomingEvent, InlineFunction, Json, Op, RegisterRequest } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import type { Clock, Log, Random, Remote } from "./ports/index.ts";

export interface EngineOptions {
  store: Store;
  clock: Clock;
  random: Random;
  remote: Remote;
  log?: Log;
  /** Runs held in memory at once; more wait in the store. Default 1,000. */
  maxHotRuns?: number;
  /** Fixed delay between attempts instead of the table of back-offs. */
  retryIntervalMs?: number;
  /** How often due runs are looked for when nothing announced them. Default 1,000. */
  pollMs?: number;
  /** How long a node may be silent before its runs are taken over. Default 15,000. */
  leaseMs?: number;
}

export interface EngineContract {
  start(): Promise<void>;
  /** Stops claiming, lets running steps finish (up to `drainMs`, default 10,000), hands the rest back. */
  close(options?: { drainMs?: number }): Promise<void>;

  /** Takes in events; resolves when they and their runs are durable. `ids` are the events' ids, in order. */
  send(events: IncomingEvent[], options?: { seed?: string }): Promise<{ ids: string[] }>;
  /** Resolves a waiting step. Throws `signal_not_found` if nobody waits. */
  sendSignal(params: { signal: string; data: Json }): Promise<{ runId: string }>;
  /** Starts a run of one function, as `step.invoke` does. */
  invoke(params: { functionId: string; event: Omit<IncomingEvent, "name"> }): Promise<{ eventId: string; runId: string }>;
  /** Throws `run_not_found`, `run_already_ended`. A running step completes first. */
  cancelRun(params: { runId: string; reason?: string }): Promise<void>;

  /** Functions in this process. */
  registerInline(app: { id: string; appVersion?: string | undefined; functions: InlineFunction[] }): Promise<void>;
  /** Functions behind a URL. Throws `invalid_config` naming the function and the key. */
  registerRemote(request: RegisterRequest): Promise<{ modified: boolean }>;
  removeApp(appId: string): Promise<void>;
  /** All current functions. */
  functions(): { slug: string; appId: string; config: FunctionConfig; url: string | null }[];

  /** Steps finished inside a running call (PROTOCOL §7). Throws `stale_dispatch` (409). */
  checkpoint(params: { runId: string; requestId?: string; generation?: number; ops: Op[] }): Promise<void>;
}
