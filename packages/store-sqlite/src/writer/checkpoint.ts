import { getRow, prepare, type Statement } from "../driver.ts";
import type { WriterState } from "./state.ts";

/** Pages of 4 KiB in the log from which on it is copied: few enough for the part that is laid out in advance. */
const IDLE_FRAMES = 900;
/** The same while the batches are large: a page that changes often is copied once for many changes. */
const BUSY_FRAMES = 8_000;
const LARGE_BATCH = 16;

/**
 * Copies the log into the database between batches, never inside a commit. Once all is copied the next write begins the
 * log anew.
 */
export class Checkpointer {
  readonly #look: Statement;
  readonly #copy: Statement;
  readonly #truncate: Statement;

  constructor(state: WriterState) {
    this.#look = prepare(state.db, "PRAGMA wal_checkpoint(NOOP)");
    this.#copy = prepare(state.db, "PRAGMA wal_checkpoint(PASSIVE)");
    this.#truncate = prepare(state.db, "PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** After a batch of this many requests. */
  afterBatch(size: number): void {
    const [, frames, copied] = getRow(this.#look) ?? [];
    const waiting = Number(frames ?? 0) - Number(copied ?? 0);
    if (waiting >= (size < LARGE_BATCH ? IDLE_FRAMES : BUSY_FRAMES)) getRow(this.#copy);
  }

  /** Copies all of it and makes the log an empty file. */
  empty(): void {
    getRow(this.#truncate);
  }
}
