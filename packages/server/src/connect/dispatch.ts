import type { RemoteCall } from "@stepfast/engine";
import type { CallAnswer } from "@stepfast/protocol";
import { executorRequest } from "@stepfast/protocol/connect";
import { traceParentOf } from "../otlp/trace-parent.ts";
import { callBody } from "../remote/call-body.ts";

/** SDKs take it only if it has a state, too. */
function traceContext(call: RemoteCall): Uint8Array {
  const traceparent = traceParentOf(call);
  return Buffer.from(traceparent === undefined ? "" : JSON.stringify({ traceparent, tracestate: "" }));
}

/** One call on its way through the gateway. */
export class Dispatch {
  readonly call: RemoteCall;
  readonly leaseId: string;
  /** When it came, and the end of its patience. */
  expiresAt: number;
  readonly #settle: (answer: CallAnswer | null) => void;
  deliveredAt = 0;
  deliveries = 0;
  isAcknowledged = false;
  leaseUntil = 0;
  #payload: Uint8Array | null = null;

  constructor(call: RemoteCall, more: { leaseId: string; expiresAt: number; settle: Dispatch["settle"] }) {
    this.call = call;
    this.leaseId = more.leaseId;
    this.expiresAt = more.expiresAt;
    this.#settle = more.settle;
  }

  get requestId(): string {
    return this.call.requestId;
  }

  settle(answer: CallAnswer | null): void {
    this.#settle(answer);
  }

  /** The request as a worker gets it; made once, however often it is delivered. */
  get payload(): Uint8Array {
    this.#payload ??= this.#encode();
    return this.#payload;
  }

  #encode(): Uint8Array {
    const { request, requestId, appId, functionId, stepId } = this.call;
    return executorRequest.encode({
      requestId,
      appId,
      appName: appId,
      functionId,
      functionSlug: functionId,
      stepId,
      requestPayload: Buffer.from(callBody(request, JSON.stringify)),
      userTraceCtx: traceContext(this.call),
      runId: request.ctx.run_id,
      leaseId: this.leaseId,
      jobId: request.ctx.job_id ?? "",
      takesCheckpoints: request.ctx.fn_id !== undefined,
    });
  }
}
