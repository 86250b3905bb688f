import {
  type FunctionConfig,
  type IncomingEvent,
  type InlineFunction,
  type Json,
  type Op,
  type RegisterRequest,
  StepfastError,
  systemEvents,
  ulidFactory,
} from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";
import { type EventRow, type GateRow, isShared, type KeyRow, type Store } from "@stepfast/store";
import { eventRow, freshPayload } from "./domain/event-row.ts";
import { limitsInForce } from "./domain/flow/limits-in-force.ts";
import { FunctionIndex } from "./domain/function-index.ts";
import type { PauseState } from "./domain/pause.ts";
import type { RerunStart } from "./domain/rerun.ts";
import { RETENTION_ID, type RetentionPolicy } from "./domain/retention.ts";
import type { Emission } from "./domain/transition.ts";
import {
  type Clock,
  type Gateway,
  type Log,
  noGateway,
  type Random,
  type Remote,
  silentLog,
} from "./ports/index.ts";
import { BulkJobs } from "./services/bulk-jobs.ts";
import { GateBook } from "./services/gate-book.ts";
import { GateClock } from "./services/gate-clock.ts";
import { Ingest } from "./services/ingest.ts";
import { Messenger } from "./services/messenger.ts";
import { Neighbours } from "./services/neighbours.ts";
import { Notebook, type Notes } from "./services/notebook.ts";
import { Pauses } from "./services/pauses.ts";
import { Publisher } from "./services/publisher.ts";
import { type InlineApp, Registry } from "./services/registry.ts";
import { Reruns } from "./services/reruns.ts";
import { Retention } from "./services/retention.ts";
import { RunKeeper } from "./services/run-keeper.ts";
import { Session } from "./services/session.ts";
import { WaitFinder } from "./services/wait-finder.ts";

export interface EngineOptions {
  store: Store;
  clock: Clock;
  random: Random;
  remote: Remote;
  /** Makes the requests that steps leave to the server; without it such a step fails. */
  gateway?: Gateway;
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

  /** Functions in this process. Throws `duplicate_function`, `invalid_config`. */
  registerInline(app: InlineApp): Promise<void>;
  /** Functions behind a URL. Throws `invalid_config` naming the function and the key. */
  registerRemote(request: RegisterRequest): Promise<{ modified: boolean }>;
  /** Keeps why an app could not be synced, until it is. */
  noteSyncFailure(params: { appId: string; error: string }): Promise<void>;
  removeApp(appId: string): Promise<void>;
  /** All current functions. */
  functions(): { slug: string; appId: string; config: FunctionConfig; url: string | null }[];

  /** Notes something of a run or a step, also of one that has ended. Throws `run_not_found`, `metadata_too_large`. */
  addMetadata(notes: Notes): Promise<void>;

  /** Where the node that holds the run can be reached; null: it is here, or nobody holds it, or it cannot be. */
  nodeOf(runId: string): Promise<string | null>;
  /** Steps finished inside a running call (PROTOCOL §7). Throws `stale_dispatch` (409). */
  checkpoint(params: { runId: string; requestId?: string; generation?: number; ops: Op[] }): Promise<void>;
}

const INVOCATION_KEY_MS = 86_400_000;

function invocationKey(scope: string, key: string, { receivedAt }: EventRow, runId: string): KeyRow {
  return { scope, key, value: runId, createdAt: receivedAt, expiresAt: receivedAt + INVOCATION_KEY_MS };
}

/** A node: takes in events, holds runs, calls functions. */
export class Engine implements EngineContract {
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #index = new FunctionIndex();
  readonly #session: Session;
  readonly #keeper: RunKeeper;
  readonly #publisher: Publisher;
  readonly #gateClock: GateClock;
  readonly #reruns: Reruns;
  readonly #retention: Retention;
  readonly #pauses: Pauses;
  /** Bulk cancellations and replays. */
  readonly jobs: BulkJobs;
  readonly #ingest: Ingest;
  readonly #messenger: Messenger;
  readonly #registry: Registry;
  readonly #notebook: Notebook;
  readonly #neighbours: Neighbours;
  readonly #store: Store;
  #unlisten = () => {};
  #open = false;

  constructor(options: EngineOptions) {
    const { store, clock, random, remote, log = silentLog } = options;
    const nextUlid = ulidFactory((length) => random.bytes(length));
    const newId = () => nextUlid(clock.now());
    const inline = new Map<string, InlineFunction>();
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
    this.#session = new Session({
      store,
      clock,
      log,
      leaseMs: options.leaseMs ?? 15_000,
      newOwner: newId,
      facts: () => ({ url: options.url ?? null, apps: this.#registry.hosted }),
      onLost: () => this.#keeper.restart(),
      onReclaimed: () => this.#keeper.claimSoon(),
    });
    this.#neighbours = new Neighbours({
      store,
      clock,
      owner: () => this.#session.owner,
      hosts: (appId) => this.#registry.hosts(appId),
      deliver: (message) => this.#keeper.hear(message),
      reload: () => this.#registry.load(),
      reclaim: () => this.#session.reclaim(),
      onGateDue: (at) => this.#gateClock.wakeBy(at),
    });
    this.#keeper = new RunKeeper({
      store,
      clock,
      log,
      remote,
      gateway: options.gateway ?? noGateway,
      newId,
      jitter: () => random.fraction(),
      retryIntervalMs: options.retryIntervalMs,
      index: this.#index,
      inline,
      maxHotRuns: options.maxHotRuns ?? 1_000,
      pollMs: options.pollMs ?? 1_000,
      owner: () => this.#session.owner,
      neighbours: this.#neighbours,
      publisher: () => this.#publisher,
      onRefused: () => this.#session.doubt(),
    });
    const finder = new WaitFinder(store, log);
    const book = new GateBook(store);
    const index = this.#index;
    this.#publisher = new Publisher({
      store,
      clock,
      log,
      newId,
      index,
      finder,
      nursery: this.#keeper,
      book,
      rules: limitsInForce(index),
      onGateDue: (at) => this.#gateClock.wakeBy(at),
    });
    this.#reruns = new Reruns({ store, clock, index, publisher: this.#publisher, newId });
    this.jobs = new BulkJobs({
      store,
      clock,
      log,
      publisher: this.#publisher,
      reruns: this.#reruns,
      newId,
      onDue: (at) => this.#gateClock.wakeBy(at),
      isCrowded: () => this.#keeper.isCrowded,
      deliver: (messages) => this.#keeper.deliverAll(messages),
    });
    const onDue = (at: number) => this.#gateClock.wakeBy(at);
    const policy = options.retention ?? { keepMs: null };
    this.#retention = new Retention({ store, clock, log, policy, newId, onDue });
    const goOn = (job: GateRow) =>
      job.id === RETENTION_ID ? this.#retention.goOn(job) : this.jobs.goOn(job);
    this.#gateClock = new GateClock({ store, clock, log, index, book, publisher: this.#publisher, goOn });
    this.#ingest = new Ingest({ publisher: this.#publisher, clock, newId });
    this.#notebook = new Notebook({ store, clock });
    this.#messenger = new Messenger({ store, clock, keeper: this.#keeper, newId });
    const onRegistered = async (functionIds: string[]) => {
      await this.#session.announce();
      await store.unblock({ functionIds, blocked: "function_missing", now: clock.now() });
      this.#keeper.claimSoon();
    };
    this.#pauses = new Pauses({
      store,
      clock,
      log,
      index,
      hold: () => this.#keeper.holdPaused(),
      claimSoon: () => this.#keeper.claimSoon(),
    });
    const onOperated = () => this.#pauses.look();
    this.#registry = new Registry({ store, clock, index, inline, onRegistered, onOperated });
  }

  async start(): Promise<void> {
    await this.#registry.load();
    await this.#session.open();
    this.#open = true;
    this.#keeper.start();
    this.#gateClock.start();
    await this.#retention.start();
    if (isShared(this.#store)) this.#unlisten = this.#store.onHint(() => this.#keeper.claimSoon());
  }

  async close(options: { drainMs?: number } = {}): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#unlisten();
    this.#gateClock.stop();
    await this.#keeper.drain(options.drainMs ?? 10_000);
    await this.#session.close();
  }

  /** Runs held in memory. */
  get hotRuns(): number {
    return this.#keeper.hot;
  }

  /** Whether the other nodes know that this one lives; until they do, its writes are refused. */
  get isAlive(): boolean {
    return this.#open && this.#session.isAlive;
  }

  /** Stops at once, telling nobody, as a crash does. For tests. */
  crash(): void {
    this.#open = false;
    this.#unlisten();
    this.#gateClock.stop();
    this.#keeper.dropAll();
    this.#session.drop();
  }

  async send(
    events: IncomingEvent[],
    options: { seed?: string | undefined } = {},
  ): Promise<{ ids: string[] }> {
    this.#assertOpen();
    return { ids: await this.#ingest.send(validateEvents(events), options.seed) };
  }

  async sendSignal(params: { signal: string; data: Json }): Promise<{ runId: string }> {
    this.#assertOpen();
    return this.#messenger.sendSignal(params.signal, params.data);
  }

  async invoke(params: Invocation): Promise<Invoked> {
    this.#assertOpen();
    const { functionId, idempotencyKey } = params;
    const spec = this.#index.get(functionId);
    if (!spec) {
      throw new StepfastError(
        "function_not_found",
        `There is no function "${functionId}": is its app registered?`,
      );
    }
    const id = this.#newId();
    const event: IncomingEvent = { ...params.event, name: systemEvents.functionInvoked };
    const row = eventRow(event, { id, nowMs: this.#clock.now() });
    const runId = this.#newId();
    const link = { origin: "invoke", parentRunId: null, parentStepId: null } as const;
    const target = { functionId, appId: spec.appId, runId, ...link };
    const sent: Emission = { row, payload: freshPayload(event, row), target };
    const scope = `invoke:${functionId}`;
    const keys = idempotencyKey === undefined ? [] : [invocationKey(scope, idempotencyKey, row, runId)];
    const result = await this.#publisher.publish([sent], { keys });
    if (result.ok) return { eventId: id, runId, isRepeat: false };
    if (result.conflict.kind === "key" && result.conflict.scope === scope) {
      return { eventId: null, runId: result.conflict.value, isRepeat: true };
    }
    throw new StepfastError("internal", "The run could not be made: try again");
  }

  async cancelRun(params: { runId: string; reason?: string; children?: boolean }): Promise<void> {
    this.#assertOpen();
    const { runId, reason = "api", children = false } = params;
    try {
      await this.#messenger.cancel(runId, reason);
    } catch (error) {
      // Asked again after an answer that was lost: the children are still to be told.
      if (!children || !StepfastError.is(error) || error.code !== "run_already_ended") throw error;
      if ((await this.#store.getRun(runId))?.status !== "cancelled") throw error;
    }
    if (children) await this.#messenger.cancelChildren(runId, reason);
  }

  async rerun(params: { runId: string; from?: RerunStart | undefined }): Promise<{ runId: string }> {
    this.#assertOpen();
    return this.#reruns.rerun(params.runId, params.from);
  }

  async pauseFunction(params: {
    functionId: string;
    events?: PauseState["events"];
    runs?: PauseState["runs"];
    reason?: string | null;
  }): Promise<PauseState> {
    this.#assertOpen();
    const { functionId, events = "hold", runs = "finish", reason = null } = params;
    const paused: PauseState = { at: this.#clock.now(), events, runs, reason };
    await this.#registry.operate(functionId, { paused });
    if (runs === "cancel") await this.jobs.start("cancel", { functionIds: [functionId] }, reason ?? "paused");
    return paused;
  }

  async resumeFunction(functionId: string): Promise<void> {
    this.#assertOpen();
    await this.#registry.operate(functionId, { paused: null });
  }

  /** Null: it is not paused. Throws `function_not_found`. */
  pauseOf(functionId: string): PauseState | null {
    const spec = this.#index.get(functionId);
    if (spec) return spec.paused;
    throw new StepfastError(
      "function_not_found",
      `There is no function "${functionId}": is its app registered?`,
    );
  }

  async registerInline(app: InlineApp): Promise<void> {
    await this.#registry.registerInline(app);
  }

  async registerRemote(request: RegisterRequest): Promise<{ modified: boolean }> {
    return this.#registry.registerRemote(request);
  }

  async noteSyncFailure({ appId, error }: { appId: string; error: string }): Promise<void> {
    await this.#registry.noteSyncFailure(appId, error);
  }

  async removeApp(appId: string): Promise<void> {
    await this.#registry.remove(appId);
  }

  functions(): { slug: string; appId: string; config: FunctionConfig; url: string | null }[] {
    return this.#index.all().map(({ id, appId, config, url }) => ({ slug: id, appId, config, url }));
  }

  async addMetadata(notes: Notes): Promise<void> {
    this.#assertOpen();
    await this.#notebook.add(notes);
  }

  async nodeOf(runId: string): Promise<string | null> {
    if (!isShared(this.#store) || this.#keeper.actor(runId)) return null;
    const owner = (await this.#store.getRun(runId))?.owner;
    if (!owner || owner === this.#session.owner) return null;
    // A node may hold runs before it has been seen here.
    if (!this.#neighbours.knows(owner)) await this.#neighbours.look();
    return this.#neighbours.urlOf(owner);
  }

  async checkpoint(params: {
    runId: string;
    requestId?: string;
    generation?: number;
    ops: Op[];
  }): Promise<void> {
    // Also while draining: what runs may finish.
    const actor = this.#keeper.actor(params.runId);
    if (!actor)
      throw new StepfastError(
        "stale_dispatch",
        "This call no longer owns its run: stop, and report nothing more",
      );
    await actor.checkpoint(params.ops, params);
  }

  #assertOpen(): void {
    if (this.#open) return;
    throw new StepfastError("engine_closed", "The engine is not running: start it, or send to one that is");
  }
}
