import {
  bytes,
  flag,
  inner,
  list,
  type Message,
  message,
  optionalText,
  optionalWhole,
  text,
  texts,
  whole,
} from "./message.ts";

/*
 * What workers and gateways say to each other (PROTOCOL §11). Times of intervals are durations such as `10s`.
 */

type Read<M> = M extends Message<infer T> ? T : never;

export const CONNECT_SUBPROTOCOL = "v0.connect.inngest.com";
/** Content type of the two requests over HTTP. */
export const CONNECT_CONTENT_TYPE = "application/protobuf";
/** Part of every answer of a gateway that is shutting down: another one may be there in a second. */
export const GATEWAY_CLOSING_CODE = "connect_gateway_closing";

/** Who sends which: PROTOCOL §11.2. */
export const connectKinds = {
  gatewayHello: 0,
  workerConnect: 1,
  gatewayConnectionReady: 2,
  gatewayExecutorRequest: 3,
  workerReady: 4,
  workerRequestAck: 5,
  workerReply: 6,
  workerReplyAck: 7,
  workerPause: 8,
  workerHeartbeat: 9,
  gatewayHeartbeat: 10,
  gatewayClosing: 11,
  workerRequestExtendLease: 12,
  workerRequestExtendLeaseAck: 13,
  syncFailed: 14,
  workerStatus: 15,
  /** Ours: only to a gateway that said with the request that it takes them. */
  workerCheckpoint: 1_000,
  gatewayCheckpointAck: 1_001,
} as const;

export const sdkStatuses = { notCompleted: 0, done: 1, error: 2 } as const;

/** The envelope of every frame. */
export const connectMessage = message({ kind: whole(1), payload: bytes(2) });

export const startRequest = message({ excludeGateways: texts(1) });

export const startResponse = message({
  connectionId: text(1),
  gatewayEndpoint: text(2),
  gatewayGroup: text(3),
  sessionToken: text(4),
  syncToken: text(5),
});

export const flushResponse = message({ requestId: text(1) });

export const appConfiguration = message({
  appName: text(1),
  appVersion: optionalText(2),
  /** JSON array of function configurations (PROTOCOL §2.3). */
  functions: bytes(4),
});

export const workerConnectRequest = message({
  connectionId: text(1),
  instanceId: text(2),
  authData: inner(3, message({ sessionToken: text(1), syncToken: text(2) })),
  /** JSON. */
  capabilities: bytes(4),
  apps: list(5, appConfiguration),
  /** The worker says by itself when it is ready. */
  manualReadinessAck: flag(6),
  systemAttributes: inner(7, message({ cpuCores: whole(1), memBytes: whole(2), os: text(3) })),
  environment: optionalText(8),
  framework: text(9),
  platform: optionalText(10),
  sdkVersion: text(11),
  sdkLanguage: text(12),
  startedAt: inner(13, message({ seconds: whole(1), nanos: whole(2) })),
  maxWorkerConcurrency: optionalWhole(14),
});

export const connectionReady = message({
  heartbeatInterval: text(1),
  extendLeaseInterval: text(2),
  statusInterval: text(3),
});

export const executorRequest = message({
  requestId: text(1),
  accountId: text(2),
  envId: text(3),
  appId: text(4),
  appName: text(5),
  functionId: text(6),
  functionSlug: text(7),
  stepId: optionalText(8),
  /** JSON of a call (PROTOCOL §3). */
  requestPayload: bytes(9),
  systemTraceCtx: bytes(10),
  userTraceCtx: bytes(11),
  runId: text(12),
  leaseId: text(13),
  jobId: text(14),
  /** Ours: finished steps of this request may be saved over this connection ({@link workerCheckpoint}). */
  takesCheckpoints: flag(1_000),
});

const requestIdentity = {
  requestId: text(1),
  accountId: text(2),
  envId: text(3),
  appId: text(4),
  functionSlug: text(5),
  stepId: optionalText(6),
  systemTraceCtx: bytes(7),
  userTraceCtx: bytes(8),
  runId: text(9),
};

export const requestAck = message(requestIdentity);

export const extendLease = message({ ...requestIdentity, leaseId: text(10) });

export const extendLeaseAck = message({
  requestId: text(1),
  accountId: text(2),
  envId: text(3),
  appId: text(4),
  functionSlug: text(5),
  /** Absent: the lease is lost. */
  newLeaseId: optionalText(6),
});

export const sdkResponse = message({
  requestId: text(1),
  accountId: text(2),
  envId: text(3),
  appId: text(4),
  /** One of {@link sdkStatuses}. */
  status: whole(5),
  body: bytes(6),
  noRetry: flag(7),
  retryAfter: optionalText(8),
  sdkVersion: text(9),
  requestVersion: whole(10),
  systemTraceCtx: bytes(11),
  userTraceCtx: bytes(12),
  runId: text(13),
});

export const replyAck = message({ requestId: text(1) });

export const workerStatus = message({ inFlightRequestIds: texts(1), shutdownRequested: flag(2) });

/** Finished steps of a call that goes on: what `POST /v1/checkpoint/{run}/async` takes (PROTOCOL §7). */
export const workerCheckpoint = message({
  /** Comes back in the answer. */
  number: whole(1),
  runId: text(2),
  /** JSON. */
  body: bytes(3),
});

export const checkpointAck = message({
  number: whole(1),
  /** As over HTTP; 0: the run is at another node, ask over HTTP. */
  status: whole(2),
  /** What is wrong, if something is. */
  error: text(3),
});

export const systemError = message({ code: text(1), data: bytes(2), message: text(3) });

export type StartResponse = Read<typeof startResponse>;
export type AppConfiguration = Read<typeof appConfiguration>;
export type WorkerConnectRequest = Read<typeof workerConnectRequest>;
export type ExecutorRequest = Read<typeof executorRequest>;
export type ExtendLease = Read<typeof extendLease>;
export type SdkResponse = Read<typeof sdkResponse>;

/** A frame with its payload. */
export function connectFrame(kind: number, payload?: Uint8Array): Uint8Array<ArrayBuffer> {
  return connectMessage.encode(payload === undefined ? { kind } : { kind, payload });
}
