import type { InlineFunction } from "@stepfast/protocol";
import type { LoadedRun, MessageRow, RunRow, Store } from "@stepfast/store";
import { factsOfUnknown, isHeldBack, mayEndWithoutCode, specOfEndpoint } from "../../domain/claimed-run.ts";
import type { SignalFinding } from "../../domain/draft.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import { holdsRuns, PAUSED } from "../../domain/pause.ts";
import type { Publication } from "../../domain/publication.ts";
import { errorCause } from "../../domain/refusal.ts";
import { loadedRunState, longestOutput, newRunState, type RunState } from "../../domain/run-state.ts";
import type { SizeLimits } from "../../domain/size-limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Gateway } from "../../ports/gateway.ts";
import type { Log } from "../../ports/log.ts";
import type { Remote, Workers } from "../../ports/remote.ts";
import type { Nursery, Publisher } from "../events/publisher.ts";
import type { Neighbours } from "../nodes/neighbours.ts";
import type { ActorHost, HeldRun } from "./actor-host.ts";
import { Arrivals } from "./arrivals.ts";
import { Claimer } from "./claimer.ts";
import { type ActorStart, RunActor } from "./run-actor.ts";
import { RECOVER_MS, RunReturns } from "./run-returns.ts";
import { SecondTries } from "./second-tries.ts";
import { NO_WORKER, UnmannedRuns } from "./unmanned-runs.ts";

/** A run that has just become this node's; `blocked`: what had blocked it. */
type TakenRun = Pick<RunRow, "id" | "functionId" | "owner" | "epoch" | "blocked">;

export interface RunKeeperOptions {
  store: Store;
  clock: Clock;
  log: Log;
  remote: Remote;
  workers: Workers;
  gateway: Gateway;
  newId: () => string;
  jitter: () => number;
  retryIntervalMs: number | undefined;
  sizes: SizeLimits;
  index: FunctionIndex;
  inline: ReadonlyMap<string, InlineFunction>;
  maxHotRuns: number;
  pollMs: number;
  owner: () => string;
  neighbours: Neighbours;
  /** The publisher needs the keeper, too: it is asked for when it is needed. */
  publisher: () => Publisher;
  /** A write under a lease was refused. */
  onRefused: () => void;
  onEnded: (runId: string) => void;
}

/** The runs this node holds: born here or claimed, each in memory until it parks or ends. */
export class RunKeeper implements ActorHost, Nursery {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly remote: Remote;
  readonly gateway: Gateway;
  readonly newId: () => string;
  readonly jitter: () => number;
  readonly retryIntervalMs: number | undefined;
  readonly sizes: SizeLimits;
  readonly #options: RunKeeperOptions;
  readonly #claimer: Claimer;
  readonly #actors = new Map<string, RunActor>();
  /** Who waits for a message to be taken in, by message id. */
  readonly #waiters = new Map<string, (isConsumed: boolean) => void>();
  /** Runs that got news while they were being parked: the store has made them claimable. */
  readonly #missed = new Set<string>();
  readonly #coming = new Arrivals();
  readonly #unmanned: UnmannedRuns;
  readonly #returns: RunReturns;
  readonly #secondTries: SecondTries;
  #running = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: RunKeeperOptions) {
    this.#options = options;
    this.store = options.store;
    this.clock = options.clock;
    this.log = options.log;
    this.remote = options.remote;
    this.gateway = options.gateway;
    this.newId = options.newId;
    this.jitter = options.jitter;
    this.retryIntervalMs = options.retryIntervalMs;
    this.sizes = options.sizes;
    const { store, clock, log, pollMs, owner, neighbours } = options;
    const room = () => this.#room();
    const take = (run: RunRow) => this.#take(run);
    this.#returns = new RunReturns({
      store,
      clock,
      log,
      owner,
      isOpen: () => this.#running,
      epochHere: (runId) => this.#actors.get(runId)?.epoch ?? null,
      expects: (runId) => this.#coming.has(runId),
      claimer: () => this.#claimer,
      publisher: () => this.publisher,
    });
    this.#secondTries = new SecondTries({ clock, log, returns: () => this.#returns });
    const handBackStrays = () => this.#returns.handBackStrays();
    this.#unmanned = new UnmannedRuns({ store, clock, neighbours });
    const look = () => this.#unmanned.lookAgain();
    const exceptApps = () => neighbours.appsElsewhere;
    const around = { store, clock, log, pollMs, owner, look, exceptApps };
    this.#claimer = new Claimer({ ...around, room, take, handBackStrays });
  }

  get publisher(): Publisher {
    return this.#options.publisher();
  }

  /** Runs in memory. */
  get hot(): number {
    return this.#actors.size;
  }

  actor(runId: string): RunActor | undefined {
    return this.#actors.get(runId);
  }

  start(): void {
    this.#running = true;
    this.#claimer.start();
  }

  claimSoon(): void {
    this.#claimer.claimSoon();
  }

  /** Claims no more, lets what executes finish (up to `drainMs`), hands everything back. */
  async drain(drainMs: number): Promise<void> {
    this.#running = false;
    this.#claimer.stop();
    let forget = () => {};
    const late = new Promise<void>((resolve) => {
      forget = this.clock.after(drainMs, resolve);
    });
    await Promise.race([this.#releaseAll(), late]);
    forget();
    this.dropAll();
  }

  async #releaseAll(): Promise<void> {
    const released = [...this.#actors.values()].filter((actor) => !actor.isRemoteBusy);
    await Promise.all(released.map((actor) => this.#release(actor)));
    for (const actor of released) this.#remove(actor);
    if (this.#actors.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** What cannot be given back by itself is given up with the session. */
  async #release(actor: RunActor): Promise<void> {
    try {
      await actor.release();
    } catch (error) {
      this.log.warn("a run could not be given back", { runId: actor.runId, error: String(error) });
    }
  }

  /** Forgets everything without a word to the store. */
  dropAll(): void {
    this.#running = false;
    this.#claimer.stop();
    this.#dropActors();
  }

  /** The session was lost: what was held is somebody else's; work goes on under the new one. */
  restart(): void {
    this.#dropActors();
    this.#claimer.claimSoon();
  }

  #dropActors(): void {
    for (const actor of this.#actors.values()) actor.drop();
    this.#actors.clear();
  }

  #room(): number {
    return this.#options.maxHotRuns - this.#actors.size - this.#coming.size;
  }

  /** Half of the room is taken: what is not urgent can wait. */
  get isCrowded(): boolean {
    return this.#room() < this.#options.maxHotRuns / 2;
  }

  deliverAll(messages: MessageRow[]): void {
    for (const message of messages) this.deliver(message);
  }

  /** Stops runs of paused functions: each after the steps that execute. */
  async holdPaused(): Promise<void> {
    const held = [...this.#actors.values()].filter((actor) => {
      const paused = this.#options.index.get(actor.functionId)?.paused;
      return paused && holdsRuns(paused) && !actor.isAwaitingAnswer;
    });
    // Each as soon as it is given back: it may be claimed again while another still executes a step.
    await Promise.all(held.map((actor) => this.#release(actor).then(() => this.#remove(actor))));
    if (held.length > 0) this.#claimer.claimSoon();
  }

  isHeld(functionId: string): boolean {
    return holdsRuns(this.#options.index.get(functionId)?.paused ?? null);
  }

  // Nursery

  ownerOfNext(count: number, spec: FunctionSpec): string | null {
    // An endpoint is at its run already: there is nobody else to hold it.
    const hasRoom = spec.endpoint !== undefined || this.#room() > count;
    return this.#running && this.canCall(spec) && hasRoom ? this.#options.owner() : null;
  }

  /** Code that runs in a process is called by that process's node, a worker's by the node it is connected to. */
  canCall(spec: FunctionSpec): boolean {
    if (spec.worker) return this.#options.workers.apps.has(spec.appId);
    return !spec.inline || this.#options.inline.has(spec.id);
  }

  expect(publication: Publication): void {
    for (const { id } of arrivalsOf(publication)) this.#coming.expect(id);
  }

  abandon(publication: Publication): void {
    for (const { id } of arrivalsOf(publication)) this.#coming.over(id);
  }

  doubt(publication: Publication): void {
    this.abandon(publication);
    for (const run of arrivalsOf(publication)) void this.#returns.handBack(run);
  }

  adopt(publication: Publication): void {
    for (const run of publication.leased) void this.#take(run);
    for (const { run, spec, waits, payload } of publication.born) {
      const state = newRunState({
        run,
        fn: spec,
        events: [payload],
        waits: waits.map((wait) => wait.stepId),
      });
      this.#arrive(run, state, [], { isAttended: spec.endpoint !== undefined });
    }
    for (const message of publication.messages) this.deliver(message);
    if (publication.wakeAt !== null) this.#claimer.wakeBy(publication.wakeAt);
  }

  /** The run begins here, unless it went with a session that was lost or is being closed. */
  #arrive(run: RunRow, state: RunState, messages: MessageRow[], start: ActorStart = {}): void {
    const news = this.#coming.over(run.id);
    if (!this.#running || run.owner !== this.#options.owner()) return;
    const actor = this.#keep(new RunActor(this, state, start));
    actor.begin(messages);
    for (const message of news) actor.deliver(message);
  }

  #keep(actor: RunActor): RunActor {
    this.#actors.set(actor.runId, actor);
    return actor;
  }

  deliver(message: MessageRow): void {
    const actor = this.#actors.get(message.runId);
    if (actor) {
      if (!actor.deliver(message)) this.#missed.add(message.runId);
    } else if (!this.#coming.keep(message)) this.#claimer.claimSoon();
  }

  /** News that another node stored, for a run that is here. */
  hear(message: MessageRow): void {
    if (this.#actors.has(message.runId) || this.#coming.has(message.runId)) this.deliver(message);
  }

  /** True when the message was taken in by a run of this node, false after `patienceMs`. */
  whenConsumed(messageId: string, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const forget = this.clock.after(patienceMs, () => this.#waiters.get(messageId)?.(false));
      this.#waiters.set(messageId, (isConsumed) => {
        forget();
        this.#waiters.delete(messageId);
        resolve(isConsumed);
      });
    });
  }

  // ActorHost

  knowsFunction(functionId: string): boolean {
    return this.#options.index.get(functionId) !== undefined;
  }

  inlineFunction(functionId: string): InlineFunction | undefined {
    return this.#options.inline.get(functionId);
  }

  remoteUrl(functionId: string): string | null {
    return this.#options.index.get(functionId)?.url ?? null;
  }

  async findSignal(name: string): Promise<SignalFinding> {
    const paths = await this.store.waitPaths(name);
    const found = await this.store.findWaits({ name, keys: [""], now: this.clock.now() });
    const guard = { kind: "waits", name, keys: [""], paths: paths.length, version: found.version } as const;
    return { holder: found.waits[0] ?? null, guard: { ...guard, keys: [""] } };
  }

  consumed(messageIds: string[]): void {
    if (this.#waiters.size === 0) return;
    for (const id of messageIds) this.#waiters.get(id)?.(true);
  }

  ended(runId: string): void {
    this.#options.onEnded(runId);
  }

  left(actor: HeldRun, wakeAt: number | null): void {
    this.#remove(actor);
    if (this.#missed.delete(actor.runId)) this.#claimer.claimSoon();
    else if (wakeAt !== null) this.#claimer.wakeBy(wakeAt);
    this.#claimer.roomMade();
  }

  lost(actor: HeldRun): void {
    this.#remove(actor);
    this.#options.onRefused();
  }

  diverged(actor: HeldRun, cause: string): void {
    this.#remove(actor);
    this.#secondTries.giveBack({ id: actor.runId, epoch: actor.epoch }, actor.refusals, cause);
  }

  #remove(actor: HeldRun): void {
    if (this.#actors.get(actor.runId) === actor) this.#actors.delete(actor.runId);
    if (this.#actors.size === 0) this.#onEmpty?.();
  }

  async #take(run: TakenRun): Promise<void> {
    if (!this.#coming.has(run.id)) this.#coming.expect(run.id);
    const later = () => void this.#take(run);
    if (this.#secondTries.postpone(run.blocked, later)) return;
    try {
      await this.#load(run);
    } catch (error) {
      this.log.warn("a claimed run could not be loaded; trying again", {
        runId: run.id,
        error: String(error),
      });
      const tries = this.#secondTries.triesOf(run.blocked);
      this.clock.after(RECOVER_MS, () => this.#secondTries.giveBack(run, tries, errorCause(error)));
    } finally {
      this.#coming.over(run.id);
    }
  }

  async #load(claimed: TakenRun): Promise<void> {
    const { index } = this.#options;
    const longest = longestOutput(index.get(claimed.functionId));
    const loaded = await this.store.loadRun(claimed.id, { longestOutput: longest });
    // Read later than claimed: it may be somebody else's by now, and must not be written in their name.
    if (loaded?.run.owner !== claimed.owner || loaded.run.epoch !== claimed.epoch) return;
    if (this.#actors.has(claimed.id)) throw new Error("It has not left yet");
    const spec = index.get(loaded.run.functionId) ?? specOfEndpoint(loaded);
    const ends = loaded.events.length === 0 || mayEndWithoutCode(loaded, this.clock.now());
    if (!ends && !(spec && this.canCall(spec))) return this.#park(loaded, spec);
    if (!ends && spec?.paused && isHeldBack(spec.paused, loaded.run)) {
      return this.#returns.parkBlocked(loaded, PAUSED);
    }
    const state = loadedRunState(loaded, spec ?? factsOfUnknown(loaded.run), claimed.blocked);
    this.#arrive(loaded.run, state, loaded.messages, {
      refusals: this.#secondTries.triesOf(claimed.blocked),
    });
  }

  async #park(loaded: LoadedRun, spec: FunctionSpec | undefined): Promise<void> {
    const blocked = spec?.worker ? NO_WORKER : "function_missing";
    await this.#returns.parkBlocked(loaded, blocked);
    if (spec?.worker) return this.#unmanned.note(spec);
    // Whoever registered it meanwhile woke what was parked by then, and not this one.
    const { functionId } = loaded.run;
    const known = this.#options.index.get(functionId);
    if (!known || !this.canCall(known)) return;
    await this.store.unblock({ functionIds: [functionId], blocked, now: this.clock.now() });
    this.claimSoon();
  }
}

/** Runs that come with a publication, one way or the other. */
function arrivalsOf({ born, leased }: Publication): Pick<RunRow, "id" | "epoch">[] {
  return leased.length === 0 ? born.map(({ run }) => run) : [...born.map(({ run }) => run), ...leased];
}
