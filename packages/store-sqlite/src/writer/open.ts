import { type Database, openDatabase } from "../driver.ts";
import type { WriterOptions } from "../message.ts";
import { migrate } from "../migrate.ts";
import { admitStore } from "../move/mark.ts";
import { prepareFiles } from "./database-file.ts";
import { voidSessions } from "./sessions.ts";
import { WriterState } from "./state.ts";

/** Opens the database for writing: brought to the newest schema, and with all sessions given up. */
export function openWriter(options: WriterOptions): WriterState {
  return openWriterFor(options, admitStore);
}

/** The same, after a look at the database: `admit` throws if it is not to be written to. */
export function openWriterFor(
  { path, synchronous }: WriterOptions,
  admit: (db: Database) => void,
): WriterState {
  prepareFiles(path);
  const db = openDatabase(path);
  try {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA fullfsync = 1`);
    db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
    admit(db);
    migrate(db);
    const state = new WriterState(db);
    state.sql("BEGIN IMMEDIATE").run();
    voidSessions(state);
    state.sql("COMMIT").run();
    return state;
  } catch (error) {
    db.close();
    throw error;
  }
}
