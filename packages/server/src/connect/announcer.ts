import type { Clock, EngineContract, Log } from "@stepfast/engine";

const AGAIN_MS = 1_000;

/** Tells the engine which workers came and went, again and again until the store has it. */
export class Announcer {
  readonly #engine: EngineContract;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #came = new Set<string>();
  #isTelling = false;
  #hasNews = false;
  #isStopped = false;
  #forget: () => void = () => {};

  constructor({ engine, clock, log }: { engine: EngineContract; clock: Clock; log: Log }) {
    this.#engine = engine;
    this.#clock = clock;
    this.#log = log;
  }

  tell(came: string[]): void {
    for (const appId of came) this.#came.add(appId);
    this.#hasNews = true;
    if (!this.#isTelling) void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#forget();
  }

  async #run(): Promise<void> {
    this.#isTelling = true;
    while (this.#hasNews && !this.#isStopped) {
      this.#hasNews = false;
      const came = [...this.#came];
      this.#came.clear();
      if (await this.#told(came)) continue;
      for (const appId of came) this.#came.add(appId);
      this.#hasNews = true;
      await new Promise<void>((resolve) => {
        this.#forget = this.#clock.after(AGAIN_MS, resolve);
      });
    }
    this.#isTelling = false;
  }

  async #told(came: string[]): Promise<boolean> {
    try {
      await this.#engine.workersChanged({ came });
      return true;
    } catch (error) {
      this.#log.warn("That workers came or went could not be stored; trying again", { error: String(error) });
      return false;
    }
  }
}
