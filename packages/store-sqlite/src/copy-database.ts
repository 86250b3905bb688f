import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { openDatabase } from "./driver.ts";

/** Copies a database as it is at one moment to one file, which is durable then. What had that name is gone. */
export function copyDatabase(from: string, to: string): void {
  rmSync(to, { force: true });
  const db = openDatabase(from, { readOnly: true });
  try {
    db.prepare("VACUUM INTO ?").run(to);
  } finally {
    db.close();
  }
  flush(to);
}

function flush(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
