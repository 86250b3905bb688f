import { connectKinds, type ExecutorRequest, extendLease, requestAck } from "@stepfast/protocol/connect";
import type { GatewayLink } from "./gateway-link.ts";
import type { InFlightRequest } from "./options.ts";

interface Entry {
  request: ExecutorRequest;
  /** Where it came from. */
  link: GatewayLink;
  /** The gateway still counts on it. */
  leaseId: string | undefined;
  acquiredAt: number;
  extendedAt: number;
}

/** The requests that user code is working on, and their leases. */
export class InFlight {
  readonly #entries = new Map<string, Entry>();
  #onIdle: (() => void) | undefined;

  get size(): number {
    return this.#entries.size;
  }

  has(requestId: string): boolean {
    return this.#entries.has(requestId);
  }

  /** The connection that brought it. */
  linkOf(requestId: string): GatewayLink | undefined {
    return this.#entries.get(requestId)?.link;
  }

  /** Takes a request on, and says so. */
  take(request: ExecutorRequest, link: GatewayLink): void {
    const now = Date.now();
    const entry: Entry = { request, link, leaseId: request.leaseId, acquiredAt: now, extendedAt: now };
    this.#entries.set(request.requestId, entry);
    this.acknowledge(request, link);
  }

  acknowledge(request: ExecutorRequest, link: GatewayLink): void {
    link.send(connectKinds.workerRequestAck, requestAck.encode(identityOf(request)));
  }

  /** Asks for more time for all that is worked on. `current`: where to ask for what came over a connection that is gone. */
  extend(link: GatewayLink, current: GatewayLink | undefined): void {
    for (const entry of this.#entries.values()) {
      const by = entry.link.isOpen ? entry.link : current;
      if (by !== link || entry.leaseId === undefined) continue;
      entry.extendedAt = Date.now();
      const payload = extendLease.encode({ ...identityOf(entry.request), leaseId: entry.leaseId });
      link.send(connectKinds.workerRequestExtendLease, payload);
    }
  }

  /** False: the lease is lost, somebody else may have the request by now. */
  extended(requestId: string, newLeaseId: string | undefined): boolean {
    const entry = this.#entries.get(requestId);
    if (!entry) return true;
    entry.leaseId = newLeaseId || undefined;
    return entry.leaseId !== undefined;
  }

  over(requestId: string): void {
    this.#entries.delete(requestId);
    if (this.#entries.size === 0) this.#onIdle?.();
  }

  /** Whether any of them came over this connection. */
  isBusy(link: GatewayLink): boolean {
    return [...this.#entries.values()].some((entry) => entry.link === link);
  }

  /** Resolves when nothing is worked on. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#entries.size === 0) resolve();
    });
  }

  get ids(): string[] {
    return [...this.#entries.keys()];
  }

  list(): InFlightRequest[] {
    return [...this.#entries.values()].map(({ request, acquiredAt, extendedAt }) => ({
      requestId: request.requestId,
      runId: request.runId,
      stepId: request.stepId,
      appId: request.appId,
      envId: request.envId,
      functionSlug: request.functionSlug,
      accountId: request.accountId,
      leaseAcquiredAt: acquiredAt,
      leaseLastExtendedAt: extendedAt,
    }));
  }
}

function identityOf(request: ExecutorRequest) {
  const { requestId, accountId, envId, appId, functionSlug, stepId, systemTraceCtx, userTraceCtx, runId } =
    request;
  return { requestId, accountId, envId, appId, functionSlug, stepId, systemTraceCtx, userTraceCtx, runId };
}
