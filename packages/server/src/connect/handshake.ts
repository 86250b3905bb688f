import { StepfastError } from "@stepfast/protocol";
import {
  connectFrame,
  connectionReady,
  connectKinds,
  connectMessage,
  systemError,
  type WorkerConnectRequest,
  workerConnectRequest,
} from "@stepfast/protocol/connect";
import type { WebSocket } from "ws";
import type { GatewayDeps } from "./gateway-deps.ts";
import { Refusal } from "./refusal.ts";
import { type Introduction, introduction } from "./worker-facts.ts";
import { WorkerLink } from "./worker-link.ts";

const POLICY = 1008;

/** Takes in who the worker is and what it brings, and registers it. Throws {@link Refusal}. */
export async function handshake(
  socket: WebSocket,
  first: Uint8Array,
  deps: GatewayDeps,
): Promise<WorkerLink> {
  const { clock, limits } = deps;
  const request = readRequest(first);
  if (!deps.tokens.accepts(request.connectionId, request.authData?.sessionToken)) {
    throw new Refusal("unauthorized: ask POST /v0/connect/start for a session first", POLICY);
  }
  const { facts } = await register(socket, request, deps);
  const link = new WorkerLink(socket, facts, { now: clock.now(), backlogBytes: limits.backlogBytes });
  link.send(
    connectKinds.gatewayConnectionReady,
    connectionReady.encode({
      heartbeatInterval: secondsOf(limits.heartbeatMs),
      extendLeaseInterval: secondsOf(limits.extendLeaseMs),
      ...(limits.statusMs === 0 ? {} : { statusInterval: secondsOf(limits.statusMs) }),
    }),
  );
  return link;
}

function readRequest(first: Uint8Array): WorkerConnectRequest {
  const { kind, payload } = connectMessage.decode(first);
  if (kind !== connectKinds.workerConnect) throw new Refusal("expected WORKER_CONNECT", POLICY);
  return workerConnectRequest.decode(payload);
}

async function register(
  socket: WebSocket,
  request: WorkerConnectRequest,
  { engine, limits, log }: GatewayDeps,
): Promise<Introduction> {
  try {
    const introduced = introduction(request, limits.workerConcurrency);
    for (const app of introduced.apps) {
      const { modified } = await engine.registerRemote(app);
      log.debug("App synced by a worker", { app: app.appName, functions: app.functions.length, modified });
    }
    return introduced;
  } catch (error) {
    const { code, message } = StepfastError.is(error) ? error : new StepfastError("internal", "Try again");
    log.warn(`A worker of ${appNames(request)} was refused: ${message}`);
    socket.send(connectFrame(connectKinds.syncFailed, systemError.encode({ code, message })));
    throw new Refusal(`${code}: ${message}`, POLICY);
  }
}

function appNames({ apps }: WorkerConnectRequest): string {
  return apps.map((app) => app.appName).join(", ") || "no app";
}

function secondsOf(ms: number): string {
  return `${ms / 1_000}s`;
}
