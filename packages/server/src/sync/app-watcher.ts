import type { Clock, EngineContract, Log } from "@stepfast/engine";
import { StepfastError } from "@stepfast/protocol";
import type { SigningKeys } from "../auth/signing-keys.ts";
import { isWorkerUrl } from "../connect/worker-facts.ts";
import { AppFinder, type SearchScope } from "./app-finder.ts";
import { appKey, byApp, serveUrls } from "./serve-url.ts";
import { syncApp } from "./sync.ts";

export interface WatcherOptions {
  engine: EngineContract;
  clock: Clock;
  log: Log;
  /** Serve URLs of apps. */
  urls: string[];
  /** Keep syncing every app. */
  poll: boolean;
  /** Where to look for apps on this machine; false: nowhere. */
  search: SearchScope | false;
  /** Ports never looked at: our own. */
  ownPorts: number[];
  intervalMs: number;
  /** Sign what is asked of apps. */
  keys?: SigningKeys | undefined;
}

/** Syncs apps as they come, change and go. What goes wrong with an app is told once, until it changes. */
export class AppWatcher {
  readonly #options: WatcherOptions;
  readonly #finder: AppFinder | undefined;
  readonly #stop = new AbortController();
  /** Given or found, and not registered yet. */
  readonly #pending: Set<string>;
  /** What was last told of an app. */
  readonly #told = new Map<string, string>();
  #cancelTimer: (() => void) | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#pending = new Set(options.urls);
    this.#finder = options.search === false ? undefined : new AppFinder(options.search);
  }

  /** Syncs all apps that are known, and again every `intervalMs`. Resolves after the first time. */
  start(): Promise<void> {
    return this.#begin(this.#known());
  }

  /** Resolves when the round that is under way, if any, is over. */
  idle(): Promise<void> {
    return this.#round;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelTimer?.();
    await this.#round;
  }

  #begin(apps: Map<string, string>): Promise<void> {
    this.#round = this.#run(apps).then(() => this.#schedule());
    return this.#round;
  }

  #schedule(): void {
    const { clock, intervalMs, poll } = this.#options;
    const isDone = !poll && !this.#finder && this.#pending.size === 0;
    if (this.#stop.signal.aborted || isDone) return;
    const next = () => void this.#begin(poll ? this.#known() : byApp([...this.#pending]));
    this.#cancelTimer = clock.after(intervalMs, next);
  }

  async #run(apps: Map<string, string>): Promise<void> {
    try {
      for (const url of await this.#search()) {
        this.#pending.add(url);
        apps.set(appKey(url), url);
      }
      await Promise.all([...apps.values()].map((url) => this.#sync(url)));
    } catch (error) {
      this.#options.log.error("Looking for apps failed", { error });
    }
  }

  /** Every app there is to sync, by what tells it apart. */
  #known(): Map<string, string> {
    const registered = serveUrls(this.#options.engine.functions());
    return byApp([...this.#pending, ...registered, ...this.#options.urls]);
  }

  /** The serve URLs that are new on this machine. */
  async #search(): Promise<string[]> {
    if (!this.#finder) return [];
    const ports = [...this.#known().values()].map((url) => Number(new URL(url).port));
    return await this.#finder.find(new Set([...ports, ...this.#options.ownPorts]), this.#stop.signal);
  }

  async #sync(url: string): Promise<void> {
    const { engine, keys } = this.#options;
    try {
      const { modified } = await syncApp(engine, url, this.#stop.signal, keys);
      // From here on the app is known by its functions, for as long as it is registered.
      this.#pending.delete(url);
      if (modified) this.#told.delete(appKey(url));
      this.#tell(url, "info", `App at ${url} synced`);
    } catch (error) {
      await this.#failed(url, StepfastError.is(error) ? error.message : String(error));
    }
  }

  async #failed(url: string, reason: string): Promise<void> {
    if (!this.#tell(url, "warn", reason)) return;
    const { engine } = this.#options;
    const ours = engine
      .functions()
      .filter((fn) => fn.url !== null && !isWorkerUrl(fn.url) && appKey(fn.url) === appKey(url));
    for (const appId of new Set(ours.map((fn) => fn.appId))) {
      await engine.noteSyncFailure({ appId, error: reason });
    }
  }

  /** False: it was told before. */
  #tell(url: string, level: "info" | "warn", news: string): boolean {
    if (this.#stop.signal.aborted || this.#told.get(appKey(url)) === news) return false;
    this.#told.set(appKey(url), news);
    this.#options.log[level](news);
    return true;
  }
}
