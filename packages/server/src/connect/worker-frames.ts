import { StepfastError } from "@stepfast/protocol";
import {
  checkpointAck,
  connectKinds,
  connectMessage,
  extendLease,
  extendLeaseAck,
  replyAck,
  requestAck,
  sdkResponse,
  workerCheckpoint,
  workerStatus,
} from "@stepfast/protocol/connect";
import type { WebSocket } from "ws";
import { answerCheckpoint, type CheckpointAnswer } from "../remote/checkpoint.ts";
import { type GatewayDeps, takeReply } from "./gateway-deps.ts";
import { closeWith } from "./refusal.ts";
import type { WorkerLink } from "./worker-link.ts";

type Handler = (payload: Uint8Array, link: WorkerLink, deps: FrameDeps) => void | Promise<void>;

type FrameDeps = Pick<GatewayDeps, "pool" | "engine" | "forward" | "clock" | "log">;

const INVALID_FRAME = 1002;

const handlers: Record<number, Handler> = {
  [connectKinds.workerReady]: (_, link, { pool }) => pool.ready(link),
  [connectKinds.workerPause]: (_, link, { pool }) => pool.pause(link),
  [connectKinds.workerHeartbeat]: (_, link) => link.send(connectKinds.gatewayHeartbeat),
  [connectKinds.workerRequestAck]: (payload, link, { pool }) =>
    pool.acknowledged(requestAck.decode(payload).requestId, link),
  [connectKinds.workerReply]: reply,
  [connectKinds.workerRequestExtendLease]: extend,
  [connectKinds.workerStatus]: noteStatus,
  [connectKinds.workerCheckpoint]: save,
};

/** Acts on what a worker says, in the order in which it says it, until a frame makes no sense. */
export function converse(
  socket: WebSocket,
  link: WorkerLink,
  deps: GatewayDeps,
  early: readonly Buffer[],
): void {
  const fail = (error: unknown) => {
    const isTheirs = StepfastError.is(error) && error.code === "invalid_request";
    deps.log.warn(isTheirs ? "A worker sent what cannot be used" : "A worker's frame was not acted on", {
      worker: link.name,
      error: String(error),
    });
    if (isTheirs) closeWith(socket, INVALID_FRAME, "invalid frame");
  };
  const hear = (data: Buffer) => {
    link.heardAt = deps.clock.now();
    try {
      const { kind, payload } = connectMessage.decode(data);
      // A kind that is not known is one of a later version.
      Promise.resolve(handlers[kind]?.(payload, link, deps)).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  for (const data of early) hear(data);
  socket.on("message", hear);
}

/** Not acknowledged, a reply comes again over HTTP. */
async function reply(payload: Uint8Array, link: WorkerLink, deps: FrameDeps): Promise<void> {
  const response = sdkResponse.decode(payload);
  await takeReply(deps, response);
  link.send(connectKinds.workerReplyAck, replyAck.encode({ requestId: response.requestId }));
}

/** Each is answered, whatever becomes of it: the function does not go on before. */
async function save(payload: Uint8Array, link: WorkerLink, deps: FrameDeps): Promise<void> {
  const checkpoint = workerCheckpoint.decode(payload);
  const answer = await saved(checkpoint, deps);
  link.send(
    connectKinds.gatewayCheckpointAck,
    checkpointAck.encode({ ...answer, number: checkpoint.number }),
  );
}

async function saved(
  { runId, body }: { runId: string; body: Uint8Array },
  { engine, log }: FrameDeps,
): Promise<CheckpointAnswer> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  const bytes = body.byteLength;
  return await answerCheckpoint({ engine, log }, { runId, body: jsonOrNothing(text), bytes });
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Which of its requests are lost is for their leases to say; who is about to end gets no more of them. */
function noteStatus(payload: Uint8Array, link: WorkerLink, { pool, clock }: FrameDeps): void {
  const { inFlightRequestIds, shutdownRequested } = workerStatus.decode(payload);
  link.status = {
    inFlight: inFlightRequestIds.length,
    isShuttingDown: shutdownRequested,
    at: clock.now(),
  };
  if (shutdownRequested) pool.pause(link);
}

/** A request of another node's that came here with its worker goes on: that node judges its reply. */
async function extend(payload: Uint8Array, link: WorkerLink, { pool, engine }: FrameDeps): Promise<void> {
  const request = extendLease.decode(payload);
  const { requestId, accountId, envId, appId, functionSlug, runId, leaseId } = request;
  const here = pool.extended(requestId);
  const isElsewhere = here === undefined && runId !== "" && (await engine.nodeOf(runId)) !== null;
  const newLeaseId = here ?? (isElsewhere ? leaseId : undefined);
  const ack = { requestId, accountId, envId, appId, functionSlug, newLeaseId };
  link.send(connectKinds.workerRequestExtendLeaseAck, extendLeaseAck.encode(ack));
}
