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
import { isShared, type Store } from "@stepfast/store";
import { eventRow, freshPayload } from "./domain/event-row.ts";
import { FunctionIndex } from "./domain/function-index.ts";
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
import { Ingest } from "./services/ingest.ts";
import { Messenger } from "./services/messenger.ts";
import { Neighbours } from "./services/neighbours.ts";
import { Notebook, type Notes } from "./services/notebook.ts";
import { Publisher } from "./services/publisher.ts";
import { type InlineApp, Registry } from "./services/registry.ts";
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
  /** Starts a run of one function, as `step.invoke` does. Throws `function_not_found`. */
  invoke(params: {
    functionId: string;
    event: Omit<IncomingEvent, "name">;
  }): Promise<{ eventId: string; runId: string }>;
  /** Throws `run_not_found`, `run_already_ended`. A running step completes first. */
  cancelRun(params: { runId: string; reason?: string }): Promise<void>;

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

/** A node: takes in events, holds runs, calls functions. */
export class Engine implements EngineContract {
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #index = new FunctionIndex();
  readonly #session: Session;
  readonly #keeper: RunKeeper;
  readonly #publisher: Publisher;
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
    });
    const finder = new WaitFinder(store, log);
    this.#publisher = new Publisher({
      store,
      clock,
      log,
      newId,
      index: this.#index,
      finder,
      nursery: this.#keeper,
    });
    this.#ingest = new Ingest({ publisher: this.#publisher, clock, newId });
    this.#notebook = new Notebook({ store, clock });
    this.#messenger = new Messenger({ store, clock, keeper: this.#keeper, newId });
    const onRegistered = async (functionIds: string[]) => {
      await this.#session.announce();
      await store.unblock({ functionIds, blocked: "function_missing", now: clock.now() });
      this.#keeper.claimSoon();
    };
    this.#registry = new Registry({ store, clock, index: this.#index, inline, onRegistered });
  }

  async start(): Promise<void> {
    await this.#registry.load();
    await this.#session.open();
    this.#open = true;
    this.#keeper.start();
    if (isShared(this.#store)) this.#unlisten = this.#store.onHint(() => this.#keeper.claimSoon());
  }

  async close(options: { drainMs?: number } = {}): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#unlisten();
    await this.#keeper.drain(options.drainMs ?? 10_000);
    await this.#session.close();
  }

  /** Runs held in memory. */
  get hotRuns(): number {
    return this.#keeper.hot;
  }

  /** Stops at once, telling nobody, as a crash does. For tests. */
  crash(): void {
    this.#open = false;
    this.#unlisten();
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

  async invoke(params: {
    functionId: string;
    event: Omit<IncomingEvent, "name">;
  }): Promise<{ eventId: string; runId: string }> {
    this.#assertOpen();
    const { functionId } = params;
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
    const result = await this.#publisher.publish([sent], {});
    if (!result.ok) throw new StepfastError("internal", "The run could not be made: try again");
    return { eventId: id, runId };
  }

  async cancelRun(params: { runId: string; reason?: string }): Promise<void> {
    this.#assertOpen();
    await this.#messenger.cancel(params.runId, params.reason ?? "api");
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
