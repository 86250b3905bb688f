import type { ServeClient } from "../serve/contract.ts";
import {
  type ConnectDebugState,
  type ConnectHandlerOptions,
  DEFAULT_SHUTDOWN_SIGNALS,
  type WorkerConnection,
} from "./options.ts";
import { requestHandler } from "./request-handler.ts";
import { Session, type SessionHost } from "./session.ts";
import type { SessionLog } from "./session-log.ts";
import { ThreadSession } from "./thread-session.ts";
import { isIsolated, sessionConfig, workerApps } from "./worker-config.ts";

type AnySession = Pick<Session, "start" | "close" | "debugState" | "checkpoint">;

/**
 * Connects this process to the server as a worker: functions are run here, over one WebSocket that this process opens.
 * Resolves when the worker is connected; until then it tries again and again. Throws `invalid_config`,
 * `duplicate_function`.
 */
export async function connect(options: ConnectHandlerOptions): Promise<WorkerConnection> {
  const apps = workerApps(options);
  const [first] = options.apps;
  const client = first?.client as ServeClient;
  const config = await sessionConfig(apps, client, options);
  const execute = requestHandler(apps, (checkpoint) => session.checkpoint(checkpoint));
  const host: SessionHost = { execute, onChange: () => {}, log: logTo(client) };
  const isolated = isIsolated(client, options.isolateExecution);
  const session: AnySession = isolated ? new ThreadSession(config, host) : new Session(config, host);
  const connection = new Connection(session, options.handleShutdownSignals ?? DEFAULT_SHUTDOWN_SIGNALS);
  await session.start();
  return connection;
}

/** Any logger: what happened first, then its particulars. */
function logTo({ internalLogger }: ServeClient): SessionLog {
  return (level, message, fields) => {
    if (fields === undefined) internalLogger[level](message);
    else internalLogger[level](message, fields);
  };
}

class Connection implements WorkerConnection {
  readonly #session: AnySession;
  readonly #signals: NodeJS.Signals[];
  readonly #onSignal = () => void this.close();
  #closing: Promise<void> | undefined;
  #resolveClosed: () => void = () => {};
  readonly closed: Promise<void>;

  constructor(session: AnySession, signals: NodeJS.Signals[]) {
    this.#session = session;
    this.#signals = signals;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    for (const signal of signals) process.once(signal, this.#onSignal);
  }

  get connectionId(): string {
    return this.getDebugState().activeConnectionId ?? "";
  }

  get state(): ConnectDebugState["state"] {
    return this.getDebugState().state;
  }

  getDebugState(): ConnectDebugState {
    return this.#session.debugState();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A second signal ends the process as it always does.
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
    await this.#session.close();
    this.#resolveClosed();
  }
}
