import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";

/** A SQLite file, which all nodes of a simulation have open as one store. */
export class FilePlace {
  readonly #folder = mkdtempSync(join(tmpdir(), "simulated-"));
  #files = 0;
  #store: Promise<Store> | undefined;

  storeOf(_node: string): Promise<Store> {
    this.#store ??= this.#open();
    return this.#store;
  }

  #open(): Promise<Store> {
    return openSqliteStore({ path: join(this.#folder, `${this.#files}.db`), synchronous: "NORMAL" });
  }

  async leave(_node: string): Promise<void> {}

  /** As a process does that starts anew: sessions are given up. */
  async reopen(): Promise<void> {
    await (await this.#store)?.close();
    this.#store = undefined;
  }

  /** A new file. */
  async clear(): Promise<void> {
    await this.reopen();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#files++;
  }
}
