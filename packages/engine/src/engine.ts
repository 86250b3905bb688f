import {
  type FunctionConfig,
  type IncomingEvent,
  type InlineFunction,
  type Json,
  type Op,
  type RegisterRequest,
  StepfastError,
  ulidFactory,
} from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";
import { isShared, type Store } from "@stepfast/store";
import { limitsInForce } from "./domain/flow/limits-in-force.ts";
import { FunctionIndex } from "./domain/function-index.ts";
import type { FunctionSpec } from "./domain/function-spec.ts";
import { functionNotFound } from "./domain/not-found.ts";
import type { PauseState } from "./domain/pause.ts";
import type { RerunStart } from "./domain/rerun.ts";
import { type SizeLimits, sizeLimits } from "./domain/size-limits.ts";
import { staleDispatch } from "./domain/stale-dispatch.ts";
import type { EngineContract, EngineOptions, Invocation, Invoked } from "./engine-contract.ts";
import { type Clock, noGateway, noWorkers, type Random, silentLog } from "./ports/index.ts";
import { Diagnosis } from "./services/diagnosis.ts";
import { Ingest } from "./services/events/ingest.ts";
import { Invocations } from "./services/events/invocations.ts";
import { Messenger } from "./services/events/messenger.ts";
import { Publisher } from "./services/events/publisher.ts";
import { WaitFinder } from "./services/events/wait-finder.ts";
import { GateBook } from "./services/gates/gate-book.ts";
import { GateDesk } from "./services/gates/gate-desk.ts";
import { QueueReport } from "./services/gates/queue-report.ts";
import { Neighbours } from "./services/nodes/neighbours.ts";
import { Session } from "./services/nodes/session.ts";
import { SECRET_BYTES, sharedSecret } from "./services/nodes/shared-secret.ts";
import { Notebook, type Notes } from "./services/notebook.ts";
import { type InlineApp, Registry } from "./services/registry.ts";
import { EndpointRuns, type NewEndpointRun } from "./services/runs/endpoint-runs.ts";
import { RunKeeper } from "./services/runs/run-keeper.ts";
import { NO_WORKER } from "./services/runs/unmanned-runs.ts";
import { SpanBook } from "./services/span-book.ts";

/** A node: takes in events, holds runs, calls functions. */
export class Engine implements EngineContract {
  readonly #clock: Clock;
  readonly #index = new FunctionIndex();
  readonly #session: Session;
  readonly #keeper: RunKeeper;
  readonly #publisher: Publisher;
  readonly #desk: GateDesk;
  readonly diagnosis: Diagnosis;
  readonly sizes: SizeLimits;
  readonly queues: QueueReport;
  readonly #ingest: Ingest;
  readonly #invocations: Invocations;
  readonly #messenger: Messenger;
  readonly #registry: Registry;
  readonly #endpointRuns: EndpointRuns;
  readonly #notebook: Notebook;
  readonly spans: SpanBook;
  readonly #neighbours: Neighbours;
  readonly #store: Store;
  readonly #random: Random;
  readonly #endListeners = new Set<(runId: string) => void>();
  #unlisten = () => {};
  #open = false;

  constructor(options: EngineOptions) {
    const { store, clock, random, remote, workers = noWorkers, log = silentLog } = options;
    const nextUlid = ulidFactory((length) => random.bytes(length));
    const newId = () => nextUlid(clock.now());
    const inline = new Map<string, InlineFunction>();
    const index = this.#index;
    const core = { store, clock, log, newId, index };
    this.#store = store;
    this.sizes = sizeLimits(options.sizes);
    this.#random = random;
    this.#clock = clock;
    this.#session = new Session({
      ...core,
      leaseMs: options.leaseMs ?? 15_000,
      newOwner: newId,
      facts: () => ({
        url: options.url ?? null,
        apps: [...new Set([...this.#registry.hosted, ...workers.apps])],
      }),
      onLost: () => this.#keeper.restart(),
      onPutBack: () => void this.#desk.putBackClock.lookAnew(),
      onReclaimed: () => this.#keeper.claimSoon(),
    });
    this.#neighbours = new Neighbours({
      ...core,
      owner: () => this.#session.owner,
      hosts: (appId) => this.#registry.hosts(appId) || workers.apps.has(appId),
      deliver: (message) => this.#keeper.hear(message),
      reload: () => this.#registry.reload(),
      reclaim: () => this.#session.reclaim(),
      onGateDue: (at) => this.#desk.clock.wakeBy(at),
    });
    this.#keeper = new RunKeeper({
      ...core,
      remote,
      workers,
      gateway: options.gateway ?? noGateway,
      jitter: () => random.fraction(),
      retryIntervalMs: options.retryIntervalMs,
      sizes: this.sizes,
      inline,
      maxHotRuns: options.maxHotRuns ?? 1_000,
      pollMs: options.pollMs ?? 1_000,
      owner: () => this.#session.owner,
      neighbours: this.#neighbours,
      publisher: () => this.#publisher,
      onRefused: () => this.#session.doubt(),
      onEnded: (runId) => this.#tellOfEnd(runId),
    });
    const finder = new WaitFinder(store, log);
    const book = new GateBook(store);
    this.#publisher = new Publisher({
      ...core,
      finder,
      nursery: this.#keeper,
      book,
      rules: limitsInForce(index),
      onGateDue: (at) => this.#desk.clock.wakeBy(at),
    });
    const held = { ...core, publisher: this.#publisher, keeper: this.#keeper };
    const { retention = { keepMs: null }, portion } = options;
    this.#desk = new GateDesk({ ...held, book, registry: () => this.#registry, retention, portion });
    this.queues = new QueueReport(core);
    this.diagnosis = new Diagnosis({ ...core, hasWorker: (spec, appId) => this.#hasWorker(spec, appId) });
    this.#ingest = new Ingest(held);
    this.#invocations = new Invocations(held);
    this.#messenger = new Messenger(held);
    this.#notebook = new Notebook(core);
    this.spans = new SpanBook(core);
    this.#endpointRuns = new EndpointRuns(held);
    this.#registry = new Registry({
      ...core,
      inline,
      onRegistered: (functionIds) => this.#onRegistered(functionIds),
      onOperated: () => this.#desk.pauses.look(),
      settleSchedules: () => this.#desk.scheduler.settle(),
      openings: () => this.#desk.openings,
    });
  }

  #tellOfEnd(runId: string): void {
    for (const listener of this.#endListeners) listener(runId);
  }

  async #onRegistered(functionIds: string[]): Promise<void> {
    const now = this.#clock.now();
    await this.#session.announce();
    await this.#store.unblock({ functionIds, blocked: "function_missing", now });
    // An app that had workers and is now called at a URL.
    const called = functionIds.filter((id) => this.#index.get(id)?.worker === false);
    if (called.length > 0) await this.#store.unblock({ functionIds: called, blocked: NO_WORKER, now });
    this.#keeper.claimSoon();
  }

  async start(): Promise<void> {
    await this.#registry.reload();
    await this.#session.open();
    this.#open = true;
    this.#keeper.start();
    this.#desk.clock.start();
    await this.#desk.retention.start();
    await this.#desk.openings.start();
    if (isShared(this.#store)) this.#unlisten = this.#store.onHint(() => this.#keeper.claimSoon());
  }

  async close(options: { drainMs?: number } = {}): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#unlisten();
    this.#desk.stop();
    await this.#keeper.drain(options.drainMs ?? 10_000);
    await this.#session.close();
  }

  get jobs(): GateDesk["jobs"] {
    return this.#desk.jobs;
  }

  get limits(): GateDesk["limits"] {
    return this.#desk.limits;
  }

  /** Whether some node that is alive can call the function. */
  #hasWorker(spec: FunctionSpec | undefined, appId: string): boolean {
    return (spec && this.#keeper.canCall(spec)) || this.#neighbours.appsElsewhere.includes(appId);
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
    this.#desk.stop();
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
    return this.#invocations.invoke(params);
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
    return this.#desk.reruns.rerun(params.runId, params.from);
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
    await this.#registry.pause(functionId, paused);
    if (runs === "cancel") await this.jobs.start("cancel", { functionIds: [functionId] }, reason ?? "paused");
    return paused;
  }

  async resumeFunction(functionId: string): Promise<void> {
    this.#assertOpen();
    await this.#registry.pause(functionId, null);
    await this.#desk.pauses.resumed(functionId);
  }

  /** Null: it is not paused. Throws `function_not_found`. */
  pauseOf(functionId: string): PauseState | null {
    const spec = this.#index.get(functionId);
    if (spec) return spec.paused;
    throw functionNotFound(functionId);
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

  async workersChanged({ came }: { came: string[] }): Promise<void> {
    await this.#session.announce();
    const apps = new Set(came);
    const manned = this.#index.all().filter((spec) => spec.worker && apps.has(spec.appId));
    if (manned.length === 0) return;
    const functionIds = manned.map((spec) => spec.id);
    await this.#store.unblock({ functionIds, blocked: NO_WORKER, now: this.#clock.now() });
    this.#keeper.claimSoon();
  }

  functions(): { slug: string; appId: string; config: FunctionConfig; url: string | null }[] {
    return this.#index.all().map(({ id, appId, config, url }) => ({ slug: id, appId, config, url }));
  }

  peers(): string[] {
    return this.#neighbours.urls;
  }

  secret(name: string): Promise<string> {
    const fresh = Buffer.from(this.#random.bytes(SECRET_BYTES)).toString("base64url");
    return sharedSecret(this.#store, { name, fresh, now: this.#clock.now() });
  }

  onRunEnd(listener: (runId: string) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
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
    if (!actor) throw staleDispatch();
    await actor.checkpoint(params.ops, params);
  }

  async startEndpointRun(run: NewEndpointRun): Promise<{ functionId: string; appId: string }> {
    this.#assertOpen();
    return this.#endpointRuns.start(run);
  }

  async reportEndpointRun({ runId, ops }: { runId: string; ops: Op[] }): Promise<void> {
    // Also while draining: what runs may finish.
    await this.#endpointRuns.report(runId, ops);
  }

  #assertOpen(): void {
    if (this.#open) return;
    throw new StepfastError("engine_closed", "The engine is not running: start it, or send to one that is");
  }
}
