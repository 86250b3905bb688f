import pg from "pg";

const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

export interface HintLineOptions {
  url: string;
  /** An identifier of SQL. */
  channel: string;
  /** Undefined: the line was down for a while, so anything may have been missed. */
  hear: (payload: string | undefined) => void;
}

/** A connection that listens. When it is lost it is made again, later and later; nobody depends on it. */
export class HintLine {
  readonly #options: HintLineOptions;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #isClosed = false;

  constructor(options: HintLineOptions) {
    this.#options = options;
  }

  /** Resolves when it listens, or when the first try has failed. */
  async open(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: LONGEST_PAUSE_MS,
      application_name: "stepfast",
    });
    this.#client = client;
    client.on("notification", ({ payload }) => this.#options.hear(payload ?? ""));
    client.on("error", () => {});
    client.once("end", () => this.#openLater());
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#options.channel}`);
      this.#pauseMs = FIRST_PAUSE_MS;
      return true;
    } catch {
      await client.end().catch(() => {});
      this.#openLater();
      return false;
    }
  }

  #openLater(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#openAgain(), this.#pauseMs * (0.5 + Math.random()));
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  async #openAgain(): Promise<void> {
    this.#timer = undefined;
    if ((await this.open()) && !this.#isClosed) this.#options.hear(undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }
}
