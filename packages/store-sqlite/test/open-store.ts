import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { afterAll } from "vitest";

const folders: string[] = [];

/** A folder that is removed after the tests of the file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-store-"));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A store in an empty folder, and what opens it again. */
export async function openFresh(): Promise<{ store: Store; reopen: () => Promise<Store>; path: string }> {
  const path = join(makeFolder(), "main.db");
  let store = await openSqliteStore({ path, synchronous: "NORMAL" });
  const reopen = async () => {
    await store.close();
    store = await openSqliteStore({ path, synchronous: "NORMAL" });
    return store;
  };
  return { store, reopen, path };
}
