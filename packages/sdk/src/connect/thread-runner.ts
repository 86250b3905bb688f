import { parentPort, workerData } from "node:worker_threads";
import { Session } from "./session.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";
import type { SessionConfig } from "./worker-config.ts";

const STATE_INTERVAL_MS = 5_000;

/** The connection in a thread of its own: requests go to the user's thread, replies come back. */
function run(config: SessionConfig): void {
  const tell = (message: FromThread) => parentPort?.postMessage(message);
  const waiting = new Map<number, (reply: Uint8Array) => void>();
  let calls = 0;
  const session = new Session(config, {
    execute: (request) =>
      new Promise((resolve) => {
        const callId = calls++;
        waiting.set(callId, resolve);
        tell({ type: "request", callId, request: alone(request) });
      }),
    onChange: (state) => tell({ type: "state", state }),
    log: (...entry) => tell({ type: "log", entry }),
  });
  const timer = setInterval(() => tell({ type: "state", state: session.debugState() }), STATE_INTERVAL_MS);
  parentPort?.on("message", (message: ToThread) => {
    if (message.type === "reply") {
      waiting.get(message.callId)?.(message.reply);
      waiting.delete(message.callId);
      return;
    }
    if (message.type === "checkpoint") {
      const { number } = message.checkpoint;
      void session
        .checkpoint(message.checkpoint)
        .then((answer) => tell({ type: "checkpointed", number, answer: answer && alone(answer) }));
      return;
    }
    void session.close().then(() => {
      clearInterval(timer);
      tell({ type: "closed" });
      parentPort?.close();
    });
  });
  void session.start().then(() => tell({ type: "started" }));
}

/** Without what else was read from the socket with it: a message would take all of that along. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

run(workerData as SessionConfig);
