import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DevServer, startDevServer } from "@stepfast/server";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { type WebSocket, WebSocketServer } from "ws";
import { RunWatch } from "./run-watch.ts";
import { median } from "./statistics.ts";
import { type Expense, expenseOf } from "./usage.ts";

const PROGRAM = fileURLToPath(new URL("./connect-worker.js", import.meta.url));
const nothing = () => {};
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Starts the other end and waits for it. */
async function otherEnd(...args: string[]): Promise<ChildProcess> {
  // The published SDK wants the WebSocket that later versions of Node have.
  const env = { ...process.env, NODE_OPTIONS: "--experimental-websocket --no-warnings" };
  const child = fork(PROGRAM, args, { env, execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Milliseconds for a message of 1 KiB to another process and back, over a WebSocket on loopback. The median. */
export async function roundTripMs(rounds: number): Promise<number> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await once(server, "listening");
  const connected = once(server, "connection") as Promise<[WebSocket]>;
  const child = await otherEnd("echo", `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = await connected;
  const message = Buffer.alloc(1_024, "x");
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const from = performance.now();
    const answered = once(socket, "message");
    socket.send(message);
    await answered;
    times.push(performance.now() - from);
  }
  await ended(child);
  server.close();
  return median(times.slice(rounds / 10));
}

export interface ConnectedBench {
  /** Starts so many runs of `n` steps, a hundred sends at a time, and waits for all of them. */
  runs(runs: number, n: number): Promise<Expense>;
  close(): Promise<void>;
}

const AT_ONCE = 100;

/** A server in this process, on SQLite, and a worker of the SDK in another one. */
export async function openConnected(
  folder: string,
  worker: { sdk: string; checkpointing: boolean },
): Promise<ConnectedBench> {
  const store = await openSqliteStore({ path: join(folder, `${worker.sdk}-${worker.checkpointing}.db`) });
  const watch = new RunWatch();
  watch.watch(store);
  const options = {
    db: "",
    store,
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 5_000,
  };
  const server: DevServer = await startDevServer({ ...options, log });
  const child = await otherEnd("work", worker.sdk, server.url, String(worker.checkpointing));
  const workOff = async (runs: number, n: number) => {
    const done = watch.ends(runs);
    let left = runs;
    const submit = async () => {
      while (left-- > 0) await server.engine.send([{ name: "bench/chain", data: { n } }]);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, runs) }, submit));
    await done;
  };
  const close = async () => {
    await ended(child);
    await server.close({ drainMs: 0 });
    await store.close();
  };
  return { runs: (runs, n) => expenseOf(child, () => workOff(runs, n)), close };
}
