import { StepfastError } from "@stepfast/protocol";
import type { Outcome } from "@stepfast/store";
import type { Connections } from "../connection/connections.ts";
import { type FailureKind, failureKind, isLockTimeout, reasonOf } from "../connection/failure.ts";
import type { Layout } from "../profile.ts";
import { Batch } from "./batch.ts";
import type { Memory } from "./books.ts";
import type { Doubts } from "./doubts.ts";
import { TransactionNames } from "./names.ts";
import type { Request } from "./request.ts";
import { endStalledClients } from "./stalled-clients.ts";

const MAX_ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 50;

/** A batch that was not written: nothing of it is there, unless `isDoubtful`. */
class BatchFailure {
  readonly kind: FailureKind;
  readonly isDoubtful: boolean;
  /** Things may just have been otherwise: it is tried again, and looked first. */
  readonly wasForetold: boolean;
  readonly cause: unknown;

  constructor(given: { kind: FailureKind; isDoubtful: boolean; wasForetold: boolean; cause: unknown }) {
    this.kind = given.kind;
    this.isDoubtful = given.isDoubtful;
    this.wasForetold = given.wasForetold;
    this.cause = given.cause;
  }
}

/** Writes batches, one at a time. */
export class Writer {
  readonly #connections: Connections;
  readonly #layout: Layout;
  readonly #names: TransactionNames;
  readonly #memory: Memory;
  readonly #doubts: Doubts;

  constructor(options: { connections: Connections; layout: Layout; memory: Memory; doubts: Doubts }) {
    this.#connections = options.connections;
    this.#layout = options.layout;
    this.#names = new TransactionNames(options.layout);
    this.#memory = options.memory;
    this.#doubts = options.doubts;
  }

  /**
   * Resolves once the batch is durable. A batch that was undone because another node was in the way is tried again; one
   * that holds values which the database does not take is carried out request by request, so that only those fail.
   */
  async write(requests: Request[]): Promise<Outcome<unknown>[]> {
    let mayForetell = true;
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(requests, mayForetell);
      if (!(result instanceof BatchFailure)) return result;
      mayForetell = false;
      if (result.wasForetold && !result.isDoubtful) continue;
      if (result.kind === "data") return this.#isolate(requests, result);
      if (attempt === MAX_ATTEMPTS || !mayTryAgain(result, attempt)) throw unwritten(result);
      if (isLockTimeout(result.cause)) await endStalledClients(this.#connections, this.#layout);
      await pause(attempt);
    }
  }

  async #attempt(requests: Request[], mayForetell: boolean): Promise<Outcome<unknown>[] | BatchFailure> {
    await this.#doubts.settle();
    const connection = await this.#connections.open();
    const [layout, memory, names] = [this.#layout, this.#memory, this.#names];
    const batch = new Batch({ connection, layout, memory, names });
    try {
      const outcomes =
        (mayForetell ? await batch.foretell(requests) : undefined) ?? (await batch.run(requests));
      connection.release();
      return outcomes;
    } catch (cause) {
      const kind = failureKind(cause);
      if (kind === "connection" || kind === "read-only" || kind === "unprepared") connection.discard();
      else await connection.undo();
      const isDoubtful = batch.transaction.isCommitting && kind === "connection";
      if (isDoubtful) this.#doubts.add(batch.name, batch.leases);
      return new BatchFailure({ kind, isDoubtful, wasForetold: batch.wasForetold, cause });
    }
  }

  async #isolate(requests: Request[], failure: BatchFailure): Promise<Outcome<unknown>[]> {
    if (requests.length === 1) return [{ ok: false, error: refused(failure.cause) }];
    const outcomes: Outcome<unknown>[] = [];
    for (const request of requests) outcomes.push(...(await this.write([request])));
    return outcomes;
  }
}

/** A connection that was lost while it was idle, or leads elsewhere by now, is found out by its next use: that is worth another one. */
function mayTryAgain({ kind, isDoubtful }: BatchFailure, attempt: number): boolean {
  if (isDoubtful) return false;
  if (kind === "connection" || kind === "read-only") return attempt < 3;
  return kind === "contention" || kind === "unprepared";
}

function pause(attempt: number): Promise<void> {
  if (attempt === 1) return Promise.resolve();
  const longestMs = Math.min(LONGEST_PAUSE_MS, 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longestMs));
}

function unwritten({ isDoubtful, cause }: BatchFailure): StepfastError {
  const what = isDoubtful
    ? "the connection was lost while it committed: the write may be there or not"
    : "nothing of it was written";
  return new StepfastError("store_unavailable", `PostgreSQL failed: ${reasonOf(cause)}; ${what}.`, { cause });
}

function refused(cause: unknown): StepfastError {
  return new StepfastError("internal", `PostgreSQL does not take the write: ${reasonOf(cause)}.`, { cause });
}
