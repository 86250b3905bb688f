import { type InlineFunction, StepfastError } from "@stepfast/protocol";
import type { MessageRow, RunRow, Store } from "@stepfast/store";
import type { SignalFinding } from "../domain/draft.ts";
import type { FunctionIndex } from "../domain/function-index.ts";
import type { Publication } from "../domain/publication.ts";
import { type FunctionFacts, loadedRunState, newRunState } from "../domain/run-state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Remote } from "../ports/remote.ts";
import type { Nursery, Publisher } from "./publisher.ts";
import { type ActorHost, RunActor } from "./run-actor.ts";

const RECOVER_MS = 1_000;

export interface RunKeeperOptions {
  store: Store;
  clock: Clock;
  log: Log;
  remote: Remote;
  newId: () => string;
  jitter: () => number;
  retryIntervalMs: number | undefined;
  index: FunctionIndex;
  inline: ReadonlyMap<string, InlineFunction>;
  maxHotRuns: number;
  pollMs: number;
  owner: () => string;
}

/** The runs this node holds: born here or claimed, each in memory until it parks or ends. */
export class RunKeeper implements ActorHost, Nursery {
  readonly #options: RunKeeperOptions;
  readonly #actors = new Map<string, RunActor>();
  readonly #waiters = new Map<string, () => void>();
  #publisher: Publisher | null = null;
  #reserved = 0;
  #running = false;
  #claiming = false;
  #claimAgain = false;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopTimer: (() => void) | null = null;
  #idle: (() => void) | null = null;

  constructor(options: RunKeeperOptions) {
    this.#options = options;
  }

  get store(): Store {
    return this.#options.store;
  }
  get clock(): Clock {
    return this.#options.clock;
  }
  get log(): Log {
    return this.#options.log;
  }
  get remote(): Remote {
    return this.#options.remote;
  }
  get newId(): () => string {
    return this.#options.newId;
  }
  get jitter(): () => number {
    return this.#options.jitter;
  }
  get retryIntervalMs(): number | undefined {
    return this.#options.retryIntervalMs;
  }
  get publisher(): Publisher {
    if (!this.#publisher) throw new Error("the keeper has no publisher yet");
    return this.#publisher;
  }

  /** The keeper and the publisher need each other. */
  usePublisher(publisher: Publisher): void {
    this.#publisher = publisher;
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
    this.claimSoon();
  }

  /** Claims no more, lets what executes finish (up to `drainMs`), hands everything back. */
  async drain(drainMs: number): Promise<void> {
    this.#running = false;
    this.#stopTimer?.();
    const stopped = this.#deadline(drainMs);
    await Promise.race([this.#releaseAll(), stopped.reached]);
    stopped.forget();
    this.dropAll();
  }

  #deadline(ms: number): { reached: Promise<void>; forget: () => void } {
    let forget = () => {};
    const reached = new Promise<void>((resolve) => {
      forget = this.#options.clock.after(ms, resolve);
    });
    return { reached, forget };
  }

  async #releaseAll(): Promise<void> {
    const inline = [...this.#actors.values()].filter((actor) => !actor.isCalling);
    await Promise.all(inline.map((actor) => actor.release()));
    for (const actor of inline) this.#remove(actor);
    if (this.#actors.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Forgets everything without a word to the store. */
  dropAll(): void {
    this.#running = false;
    this.#stopTimer?.();
    for (const actor of this.#actors.values()) actor.drop();
    this.#actors.clear();
  }

  /** The session was lost: what was held is somebody else's; work goes on under the new one. */
  restart(): void {
    for (const actor of this.#actors.values()) actor.drop();
    this.#actors.clear();
    this.claimSoon();
  }

  // Nursery

  reserve(): string | null {
    if (!this.#running || this.#actors.size + this.#reserved >= this.#options.maxHotRuns) return null;
    this.#reserved++;
    return this.#options.owner();
  }

  abandon(publication: Publication): void {
    this.#reserved -= publication.born.length;
  }

  adopt(publication: Publication): void {
    this.#reserved -= publication.born.length;
    for (const { run, spec, waits, payload } of publication.born) {
      const state = newRunState({
        run,
        fn: spec,
        events: [payload],
        waits: waits.map((wait) => wait.stepId),
      });
      this.#keep(new RunActor(this, state)).begin([]);
    }
    for (const message of publication.messages) this.deliver(message);
    if (publication.claimable) this.claimSoon();
  }

  #keep(actor: RunActor): RunActor {
    this.#actors.set(actor.runId, actor);
    return actor;
  }

  /** News that is stored: for the run in memory, or a reason to claim it. */
  deliver(message: MessageRow): void {
    const actor = this.#actors.get(message.runId);
    if (actor) actor.deliver(message);
    else this.claimSoon();
  }

  /** Resolves when the message was taken in by a run of this node, or after `patienceMs`. */
  whenConsumed(messageId: string, patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#options.clock.after(patienceMs, () => this.#waiters.get(messageId)?.());
      this.#waiters.set(messageId, () => {
        forget();
        this.#waiters.delete(messageId);
        resolve();
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
    const { store, clock } = this.#options;
    const paths = await store.waitPaths(name);
    const found = await store.findWaits({ name, keys: [""], now: clock.now() });
    const guard = { kind: "waits", name, keys: [""], paths: paths.length, version: found.version } as const;
    return { holder: found.waits[0] ?? null, guard: { ...guard, keys: [""] } };
  }

  consumed(messageIds: string[]): void {
    if (this.#waiters.size === 0) return;
    for (const id of messageIds) this.#waiters.get(id)?.();
  }

  left(actor: RunActor, wakeAt: number | null): void {
    this.#remove(actor);
    if (!this.#running) return;
    if (wakeAt !== null) this.#wakeBy(wakeAt);
    if (this.#claimAgain && !this.#claiming) this.claimSoon();
  }

  lost(actor: RunActor): void {
    this.#remove(actor);
  }

  diverged(actor: RunActor): void {
    this.#remove(actor);
    void this.#recover(actor.runId, actor.epoch);
  }

  #remove(actor: RunActor): void {
    if (this.#actors.get(actor.runId) === actor) this.#actors.delete(actor.runId);
    if (this.#actors.size === 0) this.#idle?.();
  }

  /** Loads a run that is still this node's, again and again until the store answers. */
  async #recover(runId: string, epoch: number): Promise<void> {
    if (!this.#running || this.#actors.has(runId)) return;
    try {
      const run = await this.#options.store.getRun(runId);
      if (!run || run.owner !== this.#options.owner() || run.epoch !== epoch) return this.claimSoon();
      await this.#load(run, null);
    } catch (error) {
      this.#options.log.warn("a run could not be loaded; trying again", { runId, error: String(error) });
      this.#options.clock.after(RECOVER_MS, () => void this.#recover(runId, epoch));
    }
  }

  // Claiming

  /** Looks for due runs as soon as what is being done now is done. */
  claimSoon(): void {
    if (!this.#running) return;
    this.#claimAgain = true;
    if (!this.#claiming) void this.#claimLoop();
  }

  async #claimLoop(): Promise<void> {
    this.#claiming = true;
    try {
      while (this.#running && this.#claimAgain && this.#room() > 0) {
        this.#claimAgain = false;
        if (await this.#claim()) this.#claimAgain = true;
      }
      await this.#scheduleNext();
    } catch (error) {
      this.#options.log.warn("due runs could not be claimed; trying again", { error: String(error) });
      this.#wakeBy(this.#options.clock.now() + this.#options.pollMs);
    } finally {
      this.#claiming = false;
    }
    if (this.#claimAgain && this.#running && this.#room() > 0) this.claimSoon();
  }

  #room(): number {
    return this.#options.maxHotRuns - this.#actors.size - this.#reserved;
  }

  /** True if there may be more than was taken. */
  async #claim(): Promise<boolean> {
    const { store, clock, owner } = this.#options;
    const limit = this.#room();
    const runs = await store.claim({ owner: owner(), now: clock.now(), limit });
    await Promise.all(runs.map((run) => this.#loadOrRecover(run)));
    return runs.length >= limit;
  }

  async #loadOrRecover(run: RunRow): Promise<void> {
    try {
      await this.#load(run, run.blocked);
    } catch (error) {
      this.#options.log.warn("a claimed run could not be loaded", { runId: run.id, error: String(error) });
      this.#options.clock.after(RECOVER_MS, () => void this.#recover(run.id, run.epoch));
    }
  }

  async #load(claimed: RunRow, blockedBefore: string | null): Promise<void> {
    const loaded = await this.#options.store.loadRun(claimed.id);
    if (!loaded || !this.#running || this.#actors.has(claimed.id)) return;
    const spec = this.#options.index.get(loaded.run.functionId);
    if (!spec && !mayEndWithoutCode(loaded.run, loaded.messages, this.clock.now())) {
      return this.#parkWithoutFunction(loaded.run);
    }
    const facts = spec ?? factsOfUnknown(loaded.run);
    const actor = this.#keep(new RunActor(this, loadedRunState(loaded, facts, blockedBefore)));
    actor.begin(loaded.messages);
  }

  /** The run waits until its function is registered. */
  async #parkWithoutFunction(run: RunRow): Promise<void> {
    const deadlines = [run.finishBy, run.startedAt === null ? run.startBy : null].filter((at) => at !== null);
    const wakeAt = deadlines.length > 0 ? Math.min(...deadlines) : null;
    const guards = [{ kind: "lease" as const, runId: run.id, owner: run.owner ?? "", epoch: run.epoch }];
    await this.#options.store.commit({
      guards,
      runs: [{ id: run.id, owner: null, wakeAt, blocked: "function_missing" }],
    });
  }

  async #scheduleNext(): Promise<void> {
    const next = await this.#options.store.nextWakeAt();
    const poll = this.#options.clock.now() + this.#options.pollMs;
    if (this.#room() > 0) this.#wakeBy(Math.min(next ?? poll, poll));
    else this.#claimAgain = true;
  }

  #wakeBy(at: number): void {
    if (at >= this.#timerAt) return;
    this.#stopTimer?.();
    this.#timerAt = at;
    this.#stopTimer = this.#options.clock.after(Math.max(0, at - this.#options.clock.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.claimSoon();
    });
  }
}

/** Cancellation and deadlines need no code. */
function mayEndWithoutCode(run: RunRow, messages: MessageRow[], now: number): boolean {
  if (run.cancel !== null || messages.some((message) => message.kind === "cancel")) return true;
  if (run.finishBy !== null && run.finishBy <= now) return true;
  return run.startedAt === null && run.startBy !== null && run.startBy <= now;
}

function factsOfUnknown(run: RunRow): FunctionFacts {
  return { id: run.functionId, appId: run.appId, maxAttempts: 1, inline: true, finishMs: null };
}

export function engineClosed(): StepfastError {
  return new StepfastError(
    "engine_closed",
    "The engine is stopping or has stopped: start it again to send events",
  );
}
