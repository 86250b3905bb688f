import { Engine, type RetentionPolicy } from "@stepfast/engine";
import { ATTACH, INLINE, type InlineTransport, StepfastError } from "@stepfast/protocol";
import { isShared, type Store } from "@stepfast/store";
import { apps, type Cast } from "./cast.ts";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { Faults } from "./faults.ts";
import type { HintLine } from "./hint-line.ts";
import type { History } from "./history.ts";
import { inspectedStore } from "./inspected-store.ts";
import type { Network } from "./network.ts";
import { SimProcess } from "./process.ts";
import { SharedStoreLink } from "./shared-store-link.ts";
import type { Station } from "./station.ts";
import { StoreLink } from "./store-link.ts";

/** How engines are set up in a simulation. */
export interface EngineSettings {
  leaseMs: number;
  pollMs: number;
  maxHotRuns: number;
  retryIntervalMs: number | undefined;
  /** Runs in a portion of a bulk operation. */
  portion?: number;
  retention?: RetentionPolicy;
}

export interface NodeOptions {
  name: string;
  store: Store;
  loop: EventLoop;
  dice: Dice;
  history: History;
  hints: HintLine;
  network: Network;
  settings: EngineSettings;
  faults: () => Faults;
  castOf: (process: SimProcess, node: string) => Cast;
  onCrash: (node: SimNode) => void;
}

/** One node: an engine with inline functions, in a process of its own. */
export class SimNode implements Station {
  readonly name: string;
  readonly process: SimProcess;
  readonly #options: NodeOptions;
  #engine: Engine | null = null;
  #isReady = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.process = new SimProcess(options.name);
  }

  /** Null before it has started. */
  get engine(): Engine | null {
    return this.#engine;
  }

  /** Takes requests. */
  get isReady(): boolean {
    return this.#isReady && this.process.isAlive;
  }

  /** Starts the engine; a node that cannot start dies. */
  boot(): void {
    this.#options.loop.schedule(0, () => void this.#start(), this.process);
  }

  async #start(): Promise<void> {
    const { dice, history } = this.#options;
    try {
      const engine = this.#makeEngine();
      this.#engine = engine;
      const cast = this.#options.castOf(this.process, this.name);
      cast.clients.inline[ATTACH](transportTo(engine));
      const steps = [
        () =>
          engine.registerInline({
            id: apps.inline,
            functions: cast.functions.inline.map((fn) => fn[INLINE]),
          }),
        () => engine.start(),
      ];
      if (dice.chance(0.5)) steps.reverse();
      for (const step of steps) await step();
      await this.#registerRemote(engine, cast);
      this.#isReady = true;
      history.journal.note(`${this.name} is ready`);
    } catch (error) {
      history.journal.note(`${this.name} could not start: ${String(error)}`);
      this.crash();
    }
  }

  #makeEngine(): Engine {
    const { loop, dice, history, store, network, settings } = this.#options;
    const { process } = this;
    const link = this.#linkTo(inspectedStore(store, history, this.name));
    const clock = {
      now: () => loop.now,
      after: (ms: number, callback: () => void) => loop.schedule(ms + dice.fraction() * 2, callback, process),
    };
    const random = { bytes: (length: number) => dice.bytes(length), fraction: () => dice.fraction() };
    const note = (message: string, fields?: object) =>
      history.journal.note(`${this.name} logs ${message} ${JSON.stringify(fields ?? {})}`);
    const log = { debug: note, info: note, warn: note, error: note };
    return new Engine({ store: link, clock, random, remote: network.remoteOf(this), log, ...settings });
  }

  #linkTo(store: Store): Store {
    const { loop, dice, faults, hints } = this.#options;
    const parts = { loop, dice, process: this.process, faults, crash: () => this.crash() };
    return isShared(store)
      ? new SharedStoreLink({ ...parts, store, hints })
      : new StoreLink({ ...parts, store });
  }

  async #registerRemote(engine: Engine, cast: Cast): Promise<void> {
    const functions = cast.functions.remote.flatMap((fn) => cast.remoteConfigs(fn));
    await engine.registerRemote({
      url: "http://app.test/",
      appName: apps.remote,
      functions,
      sdk: "js:v0",
      v: "0.1",
    });
  }

  crash(): void {
    if (!this.process.isAlive) return;
    this.#options.history.journal.note(`${this.name} crashes`);
    this.process.kill();
    this.#engine?.crash();
    this.#options.onCrash(this);
  }

  /** Stops as a deploy does: what runs may finish. */
  shutDown(drainMs: number): void {
    const engine = this.#engine;
    if (!this.isReady || !engine) return;
    this.#isReady = false;
    const close = async () => {
      this.#options.history.journal.note(`${this.name} closes`);
      await engine.close({ drainMs }).catch(() => {});
      this.crash();
    };
    this.#options.loop.schedule(0, () => void close(), this.process);
  }
}

/** What `embed()` routes a client through. */
export function transportTo(engine: Engine): InlineTransport {
  return {
    send: (events, seed) => engine.send(events, seed === undefined ? {} : { seed }),
    async sendSignal(signal, data) {
      try {
        return await engine.sendSignal({ signal, data });
      } catch (error) {
        if (StepfastError.is(error) && error.code === "signal_not_found") return { runId: undefined };
        throw error;
      }
    },
  };
}
