import type { FunctionConfig, IncomingEvent, Json, Op, RegisterRequest } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import type { PauseState } from "./domain/pause.ts";
import type { RerunStart } from "./domain/rerun.ts";
import type { RetentionPolicy } from "./domain/retention.ts";
import type { SizeLimits } from "./domain/size-limits.ts";
import type { Clock, Gateway, Log, Random, Remote, Workers } from "./ports/index.ts";
import type { DiagnosisContract } from "./services/diagnosis.ts";
import type { LimitsContract } from "./services/gates/limits.ts";
import type { QueueReportContract } from "./services/gates/queue-report.ts";
import type { BulkJobs } from "./services/jobs/bulk-jobs.ts";
import type { Notes } from "./services/notebook.ts";
import type { InlineApp } from "./services/registry.ts";
import type { NewEndpointRun } from "./services/runs/endpoint-runs.ts";
import type { SpanBook } from "./services/span-book.ts";

export interface EngineOptions {
  store: Store;
  clock: Clock;
  random: Random;
  remote: Remote;
  /** Makes the requests that steps leave to the server; without it such a step fails. */
  gateway?: Gateway;
  /** Default: none. */
  workers?: Workers;
  log?: Log;
  /** Runs held in memory at once; more wait in the store. Default 1,000. */
  maxHotRuns?: number;
  /** Fixed delay between attempts instead of the table of back-offs. */
  retryIntervalMs?: number | undefined;
  /** How often due runs are looked for when nothing announced them. Default 1,000. */
  pollMs?: number;
  /** How long a node may be silent before its runs are taken over. Default 15,000. */
  leaseMs?: number;
  /** Where the other nodes of a shared store reach this one's API. */
  url?: string | undefined;
  /** How long what has ended is kept. Default: for ever. */
  retention?: RetentionPolicy | undefined;
  /** How much steps and runs may hold, and from when on it is told that it is a lot. Throws `invalid_config`. */
  sizes?: Partial<SizeLimits> | undefined;
  /** How many runs a bulk operation, and retention, go through in one commit at most. Default: as many as others hardly feel. */
  portion?: number | undefined;
}

export interface Invocation {
  functionId: string;
  event: Omit<IncomingEvent, "name">;
  idempotencyKey?: string;
}

export interface Invoked {
  /** Null where `isRepeat`. */
  eventId: string | null;
  runId: string;
  /** The run is that of an earlier invocation with the same key. */
  isRepeat: boolean;
}

export interface EngineContract {
  readonly sizes: SizeLimits;
  start(): Promise<void>;
  /** Stops claiming, lets running steps finish (up to `drainMs`, default 10,000), hands the rest back. */
  close(options?: { drainMs?: number }): Promise<void>;

  /**
   * Takes in events; resolves when they and their runs are durable. `ids` are the events' ids, in order. Throws
   * `invalid_event` and the like; then none was taken.
   */
  send(events: IncomingEvent[], options?: { seed?: string | undefined }): Promise<{ ids: string[] }>;
  /** Resolves a waiting step. Throws `signal_not_found` if nobody waits. */
  sendSignal(params: { signal: string; data: Json }): Promise<{ runId: string }>;
  /**
   * Starts a run of one function, as `step.invoke` does. With an idempotency key, a second invocation of the function
   * with the key within 24 hours starts nothing: it names the first run. Throws `function_not_found`.
   */
  invoke(params: Invocation): Promise<Invoked>;
  /**
   * Throws `run_not_found`, `run_already_ended`. A running step completes first. `children`: also the runs it invoked, and
   * theirs; then it may be asked again.
   */
  cancelRun(params: { runId: string; reason?: string; children?: boolean }): Promise<void>;
  /**
   * Repeats a run on the current code, with all its events; from a step, those before it keep their results. Throws
   * `run_not_found`, `step_not_found`, `ambiguous_step`.
   */
  rerun(params: { runId: string; from?: RerunStart | undefined }): Promise<{ runId: string }>;
  /** Pausing what is paused changes how. Throws `function_not_found`. */
  pauseFunction(params: {
    functionId: string;
    /** Default `hold`. */
    events?: PauseState["events"];
    /** Default `finish`. */
    runs?: PauseState["runs"];
    reason?: string | null;
  }): Promise<PauseState>;
  /** What was held goes on, the oldest first. Throws `function_not_found`. */
  resumeFunction(functionId: string): Promise<void>;
  pauseOf(functionId: string): PauseState | null;
  /** Bulk cancellations and replays. */
  readonly jobs: Pick<BulkJobs, "start" | "preview" | "list" | "get" | "stop">;
  /** Limits that are changed while functions run. */
  readonly limits: LimitsContract;
  /** Spans that user code made while runs called it. */
  readonly spans: Pick<SpanBook, "add">;
  /** Why runs do not go on. */
  readonly diagnosis: DiagnosisContract;
  /** How long queues are. */
  readonly queues: QueueReportContract;

  /** Functions in this process. Throws `duplicate_function`, `invalid_config`. */
  registerInline(app: InlineApp): Promise<void>;
  /** Functions behind a URL. Throws `invalid_config` naming the function and the key, `duplicate_function`. */
  registerRemote(request: RegisterRequest): Promise<{ modified: boolean }>;
  /** Keeps why an app could not be synced, until it is. */
  noteSyncFailure(params: { appId: string; error: string }): Promise<void>;
  removeApp(appId: string): Promise<void>;
  /**
   * Tells that `workers.apps` has changed: the other nodes hear of it, and what waited for a worker of these apps starts.
   * Rejects if the store does not answer: it has to be told again.
   */
  workersChanged(params: { came: string[] }): Promise<void>;
  /** All current functions. */
  functions(): { slug: string; appId: string; config: FunctionConfig; url: string | null }[];

  /** Where the APIs of the other nodes are that are alive, as far as this one knows. */
  peers(): string[];
  /**
   * A secret of the installation: random, made when it is first asked for, kept in the store. A restart and every node
   * of a shared store get the same one.
   */
  secret(name: string): Promise<string>;
  /** Calls back when a run has ended on this node, durably, until the function that is returned is called. */
  onRunEnd(listener: (runId: string) => void): () => void;
  /** Notes something of a run or a step, also of one that has ended. Throws `run_not_found`, `metadata_too_large`. */
  addMetadata(notes: Notes): Promise<void>;

  /** Where the node that holds the run can be reached; null: it is here, or nobody holds it, or it cannot be. */
  nodeOf(runId: string): Promise<string | null>;
  /**
   * Makes a run of a durable endpoint, which is at it already (PROTOCOL §7.1); asked for again, it is the same run.
   * Throws `invalid_event`, `stale_dispatch` (409).
   */
  startEndpointRun(run: NewEndpointRun): Promise<{ functionId: string; appId: string }>;
  /** What a durable endpoint tells of its run. Throws `stale_dispatch` (409) where the run is not its any more. */
  reportEndpointRun(params: { runId: string; ops: Op[] }): Promise<void>;
  /** Steps finished inside a running call (PROTOCOL §7). Throws `stale_dispatch` (409). */
  checkpoint(params: { runId: string; requestId?: string; generation?: number; ops: Op[] }): Promise<void>;
}
