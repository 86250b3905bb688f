import { Worker } from "node:worker_threads";
import type { CheckpointWay } from "./checkpoint-box.ts";
import { type ConnectDebugState, ConnectionState } from "./options.ts";
import type { SessionHost } from "./session.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";
import type { SessionConfig } from "./worker-config.ts";

const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;
const MAX_CRASHES = 10;

/** A {@link Session} in a thread of its own, started anew if it crashes. */
export class ThreadSession {
  readonly #config: SessionConfig;
  readonly #host: SessionHost;
  #thread: Worker | undefined;
  #state: ConnectDebugState;
  /** Checkpoints that the thread is to bring to the gateway. */
  readonly #checkpoints = new Map<number, (answer: Uint8Array | undefined) => void>();
  #crashes = 0;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;
  #onStarted: () => void = () => {};
  #onFailed: (error: Error) => void = () => {};
  #onClosed: () => void = () => {};

  constructor(config: SessionConfig, host: SessionHost) {
    this.#config = config;
    this.#host = host;
    this.#state = {
      state: ConnectionState.CONNECTING,
      activeConnectionId: undefined,
      drainingConnectionId: undefined,
      lastHeartbeatSentAt: undefined,
      lastHeartbeatReceivedAt: undefined,
      lastMessageReceivedAt: undefined,
      shutdownRequested: false,
      inFlightRequestCount: 0,
      inFlightRequests: [],
    };
  }

  debugState(): ConnectDebugState {
    return this.#state;
  }

  /** Resolves when the worker is connected for the first time, or closed before that. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onStarted = resolve;
      this.#onFailed = reject;
      this.#spawn();
    });
  }

  #spawn(): void {
    const thread = new Worker(new URL("./thread-runner.js", import.meta.url), { workerData: this.#config });
    this.#thread = thread;
    thread.on("message", (message: FromThread) => this.#hear(message, thread));
    thread.on("error", (error) => {
      this.#host.log("error", "The connection's thread crashed", { error: String(error) });
    });
    thread.once("exit", () => this.#exited(thread));
  }

  #hear(message: FromThread, thread: Worker): void {
    switch (message.type) {
      case "started":
        this.#crashes = 0;
        return this.#onStarted();
      case "closed":
        return this.#onClosed();
      case "state":
        this.#state = message.state;
        return this.#host.onChange(message.state);
      case "log":
        return this.#host.log(...message.entry);
      case "checkpointed":
        this.#checkpoints.get(message.number)?.(message.answer);
        this.#checkpoints.delete(message.number);
        return;
      case "request":
        void this.#execute(message, thread);
    }
  }

  async #execute(
    { callId, request }: Extract<FromThread, { type: "request" }>,
    thread: Worker,
  ): Promise<void> {
    const reply = await this.#host.execute(request);
    thread.postMessage({ type: "reply", callId, reply } satisfies ToThread);
  }

  readonly checkpoint: CheckpointWay = (checkpoint) => {
    const thread = this.#thread;
    if (!thread) return Promise.resolve(undefined);
    return new Promise((answer) => {
      this.#checkpoints.set(checkpoint.number, answer);
      thread.postMessage({ type: "checkpoint", checkpoint } satisfies ToThread);
    });
  };

  /** What it was working on is lost to the server, which has it repeated. */
  #exited(thread: Worker): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const answer of this.#checkpoints.values()) answer(undefined);
    this.#checkpoints.clear();
    if (this.#closing) return this.#onClosed();
    this.#crashes++;
    this.#become(ConnectionState.RECONNECTING);
    if (this.#crashes > MAX_CRASHES) {
      this.#host.log("error", "The connection's thread crashed too often: this worker gives up");
      this.#become(ConnectionState.CLOSED);
      return this.#onFailed(new Error("The connection's thread crashed too often"));
    }
    const delayMs = Math.min(FIRST_RESTART_MS * 2 ** (this.#crashes - 1), LAST_RESTART_MS);
    this.#restart = setTimeout(() => this.#spawn(), delayMs);
  }

  #become(state: ConnectionState): void {
    this.#state = { ...this.#state, state };
    this.#host.onChange(this.#state);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#restart);
    if (this.#thread) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      this.#thread.postMessage({ type: "close" } satisfies ToThread);
      await closed;
    }
    this.#become(ConnectionState.CLOSED);
    this.#onStarted();
  }
}
