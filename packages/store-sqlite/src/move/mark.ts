import { StepfastError } from "@stepfast/protocol";
import type { MoveStage } from "@stepfast/store";
import { type Database, getRow, prepare } from "../driver.ts";

/** What a database remembers of being moved. */
export interface MoveMark {
  id: string;
  /** Where to, without a password. */
  address: string;
  stage: MoveStage;
}

/** The table is there only while there is something to remember. */
export function readMark(db: Database): MoveMark | undefined {
  const table = getRow(prepare(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'move'"));
  if (table === undefined) return undefined;
  const [id, address, stage] = getRow(prepare(db, "SELECT id, address, stage FROM move")) ?? [];
  if (typeof id !== "string") return undefined;
  return { id, address: String(address), stage: stage as MoveStage };
}

export function writeMark(db: Database, { id, address, stage }: MoveMark): void {
  db.exec("BEGIN IMMEDIATE");
  db.exec("CREATE TABLE IF NOT EXISTS move (id TEXT NOT NULL, address TEXT NOT NULL, stage TEXT NOT NULL)");
  db.exec("DELETE FROM move");
  prepare(db, "INSERT INTO move (id, address, stage) VALUES (?, ?, ?)").run(id, address, stage);
  db.exec("COMMIT");
}

export function removeMark(db: Database): void {
  db.exec("DROP TABLE IF EXISTS move");
}

/**
 * A database that is to be written to. What was copied of it so far will no longer be what it holds: a move begins anew.
 * Throws `store_moved` if the copy may be in use.
 */
export function admitStore(db: Database): void {
  const mark = readMark(db);
  if (mark !== undefined && mark.stage !== "copying") throw moved(mark);
  removeMark(db);
}

export function moved({ address, stage }: MoveMark): StepfastError {
  if (stage === "done") {
    return new StepfastError(
      "store_moved",
      `This database was moved to ${address}: start with --database-url and that address.`,
    );
  }
  return new StepfastError(
    "store_moved",
    `This database was being moved to ${address}, and may be in use there: run the same \`stepfast migrate\` again to end it.`,
  );
}
