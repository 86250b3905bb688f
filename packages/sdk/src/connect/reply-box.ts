import { connectKinds } from "@stepfast/protocol/connect";
import { post } from "./gateway-api.ts";
import type { GatewayLink } from "./gateway-link.ts";
import type { SessionLog } from "./session-log.ts";
import type { SessionConfig } from "./worker-config.ts";

const ACK_MS = 5_000;
const ATTEMPTS = 5;
const DELAYS_MS = [1_000, 2_000, 5_000, 10_000];

export interface ReplyBoxOptions {
  config: SessionConfig;
  log: SessionLog;
  key: () => string | undefined;
}

/** Replies until the server has them: what the connection does not bring there goes over HTTP. */
export class ReplyBox {
  readonly #options: ReplyBoxOptions;
  /** Sent, not acknowledged. */
  readonly #pending = new Map<string, { bytes: Uint8Array; timer: ReturnType<typeof setTimeout> }>();
  readonly #flushing = new Set<Promise<void>>();
  #onSettled: (() => void) | undefined;

  constructor(options: ReplyBoxOptions) {
    this.#options = options;
  }

  deliver(requestId: string, bytes: Uint8Array, link: GatewayLink | undefined): void {
    if (!link?.isOpen) return this.#flush(requestId, bytes);
    const timer = setTimeout(() => this.#late(requestId), ACK_MS);
    this.#pending.set(requestId, { bytes, timer });
    link.send(connectKinds.workerReply, bytes);
  }

  acknowledged(requestId: string): void {
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    clearTimeout(pending.timer);
    this.#pending.delete(requestId);
    this.#settle();
  }

  /** The connection is gone: acknowledgements will not come any more. */
  cutOff(): void {
    for (const requestId of [...this.#pending.keys()]) this.#late(requestId);
  }

  /** Resolves when the server has every reply, or cannot be reached to take it. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled = resolve;
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#pending.size === 0 && this.#flushing.size === 0) this.#onSettled?.();
  }

  #late(requestId: string): void {
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    clearTimeout(pending.timer);
    this.#pending.delete(requestId);
    this.#flush(requestId, pending.bytes);
  }

  #flush(requestId: string, bytes: Uint8Array): void {
    const flushing = this.#send(requestId, bytes).finally(() => {
      this.#flushing.delete(flushing);
      this.#settle();
    });
    this.#flushing.add(flushing);
  }

  async #send(requestId: string, bytes: Uint8Array): Promise<void> {
    const { config, key, log } = this.#options;
    let why = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, DELAYS_MS[attempt - 1]));
      try {
        const response = await post(config, "v0/connect/flush", { body: bytes, key: key() });
        await response.arrayBuffer();
        if (response.ok) return;
        why = `status ${response.status}`;
      } catch (error) {
        why = String(error);
      }
    }
    log("error", "A reply could not be delivered; the server will have the step repeated", {
      requestId,
      why,
    });
  }
}
