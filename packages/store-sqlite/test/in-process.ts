import { join } from "node:path";
import type { Store } from "@stepfast/store";
import type { Reply, Request } from "../src/message.ts";
import { Reader } from "../src/reader/reader.ts";
import { SqliteStore } from "../src/sqlite-store.ts";
import { runBatch } from "../src/writer/batch.ts";
import { openWriter } from "../src/writer/open.ts";
import type { WriterState } from "../src/writer/state.ts";
import type { BatchWriter } from "../src/writer-thread.ts";
import { makeFolder } from "./open-store.ts";

/** What the writer thread does, in this one: opening takes a tenth of the time. */
class InProcessWriter implements BatchWriter {
  readonly #state: WriterState;

  constructor(state: WriterState) {
    this.#state = state;
  }

  get lastSeq(): number {
    return this.#state.lastSeq;
  }

  async write(batch: Request[]): Promise<Reply[]> {
    return runBatch(this.#state, structuredClone(batch));
  }

  async close(): Promise<void> {
    this.#state.db.close();
  }
}

function open(path: string, largeFrom?: number): Store {
  const state = openWriter({ path, synchronous: "NORMAL" });
  state.db.exec("PRAGMA synchronous = OFF");
  return new SqliteStore({ release() {} }, new InProcessWriter(state), new Reader(path), largeFrom);
}

/** A store without a thread in an empty folder, and what opens it again. `largeFrom`: characters of a large text. */
export async function openInProcess(
  largeFrom?: number,
): Promise<{ store: Store; reopen: () => Promise<Store> }> {
  const path = join(makeFolder(), "main.db");
  let store = open(path, largeFrom);
  const reopen = async () => {
    await store.close();
    store = open(path, largeFrom);
    return store;
  };
  return { store, reopen };
}
