import {
  CONNECT_SUBPROTOCOL,
  connectFrame,
  connectionReady,
  connectKinds,
  connectMessage,
  startResponse,
  type WorkerConnectRequest,
  workerConnectRequest,
} from "@stepfast/protocol/connect";
import { WebSocket } from "ws";

export const protobuf = { "content-type": "application/protobuf" };

/** A configuration of the function `shop-<name>`. */
export function fnConfig(name: string, appId = "shop") {
  const runtime = { type: "ws", url: `wss://connect?fnId=${appId}-${name}&stepId=step` };
  const steps = { step: { id: "step", name: "step", runtime } };
  return { id: `${appId}-${name}`, name, triggers: [{ event: `${appId}/${name}` }], steps };
}

export async function startSession(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v0/connect/start`, {
    method: "POST",
    headers: { ...protobuf, ...headers },
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return startResponse.decode(new Uint8Array(await response.arrayBuffer()));
}

interface Frame {
  kind: number;
  payload: Uint8Array;
}

/** A worker without an SDK: it says what the test wants, frame by frame. */
export class RawWorker {
  readonly socket: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #readers: ((frame: Frame) => void)[] = [];
  /** The close code and the reason. */
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(endpoint: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(endpoint, [CONNECT_SUBPROTOCOL], { headers });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer) => {
      const frame = connectMessage.decode(data);
      const reader = this.#readers.shift();
      if (reader) reader(frame);
      else this.#frames.push(frame);
    });
  }

  next(): Promise<Frame> {
    const frame = this.#frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#readers.push(resolve));
  }

  send(kind: number, payload?: Uint8Array): void {
    this.socket.send(connectFrame(kind, payload));
  }

  end(): void {
    this.socket.terminate();
  }
}

/** Says hello as this worker, and reads the answer. */
export async function introduced(
  url: string,
  request: Partial<WorkerConnectRequest>,
  headers: Record<string, string> = {},
): Promise<{ worker: RawWorker; answer: Frame }> {
  const session = await startSession(url, headers);
  const worker = new RawWorker(session.gatewayEndpoint);
  await worker.next();
  const authData = { sessionToken: session.sessionToken, syncToken: session.syncToken };
  const { connectionId } = session;
  worker.send(
    connectKinds.workerConnect,
    workerConnectRequest.encode({ connectionId, authData, ...request }),
  );
  const nothing = worker.closed.then((): Frame => ({ kind: -1, payload: new Uint8Array() }));
  return { worker, answer: await Promise.race([worker.next(), nothing]) };
}

export function appOf(appName: string, functions: unknown): WorkerConnectRequest["apps"][number] {
  return { appName, appVersion: undefined, functions: Buffer.from(JSON.stringify(functions)) };
}

/** A worker of the app `shop` with the function `shop-pay` that takes work. */
export async function readyWorker(
  url: string,
  request: Partial<WorkerConnectRequest> = {},
): Promise<RawWorker> {
  const { worker, answer } = await introduced(url, {
    apps: [appOf("shop", [fnConfig("pay")])],
    manualReadinessAck: true,
    ...request,
  });
  if (answer.kind !== connectKinds.gatewayConnectionReady) throw new Error(`refused: ${answer.kind}`);
  connectionReady.decode(answer.payload);
  worker.send(connectKinds.workerReady);
  return worker;
}
