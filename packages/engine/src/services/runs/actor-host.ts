import type { InlineFunction } from "@stepfast/protocol";
import type { MessageRow, Store } from "@stepfast/store";
import type { SignalFinding } from "../../domain/draft.ts";
import type { SizeLimits } from "../../domain/size-limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Gateway } from "../../ports/gateway.ts";
import type { Log } from "../../ports/log.ts";
import type { Remote } from "../../ports/remote.ts";
import type { Publisher } from "../events/publisher.ts";

/** A run in memory, as its node knows it. */
export interface HeldRun {
  readonly runId: string;
  readonly epoch: number;
  /** How often in a row it came to nothing. */
  readonly refusals: number;
}

/** What an actor needs of its node. */
export interface ActorHost {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly remote: Remote;
  readonly gateway: Gateway;
  readonly publisher: Publisher;
  readonly newId: () => string;
  readonly jitter: () => number;
  readonly retryIntervalMs: number | undefined;
  readonly sizes: SizeLimits;
  knowsFunction(functionId: string): boolean;
  /** Runs of the function start nothing more for now. */
  isHeld(functionId: string): boolean;
  /** The function's code, if it is in this process. */
  inlineFunction(functionId: string): InlineFunction | undefined;
  /** The function's step URL. */
  remoteUrl(functionId: string): string | null;
  findSignal(name: string): Promise<SignalFinding>;
  /** The run ended or was parked, durably; `wakeAt` is when it wants to be claimed. */
  left(run: HeldRun, wakeAt: number | null): void;
  /** The run ended, durably: told before {@link left}. */
  ended(runId: string): void;
  /** The actor's state may differ from what is stored: it must be loaded anew. `cause`: in a few words, without data. */
  diverged(run: HeldRun, cause: string): void;
  /** The run is not this node's any more. */
  lost(run: HeldRun): void;
  /** News for another run, stored. */
  deliver(message: MessageRow): void;
  /** These messages were taken in, durably. */
  consumed(messageIds: string[]): void;
}
