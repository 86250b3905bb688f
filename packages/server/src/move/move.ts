import { StepfastError } from "@stepfast/protocol";
import { type MoveSource, type MoveTarget, type StoredTable, storedTables } from "@stepfast/store";
import { Checksum } from "./checksum.ts";

/** How far a table has come. */
export interface TableProgress {
  table: StoredTable;
  /** Copied so far. */
  rows: number;
  total: number;
}

export interface MoveParams {
  source: MoveSource;
  target: MoveTarget;
  /** The source stays usable. What goes on in it afterwards is in no other place. */
  keep?: boolean;
  onProgress?: (progress: TableProgress) => void;
}

/** `before`: the move had ended already, nothing was done. */
export type MoveOutcome = "moved" | "before";

/**
 * Moves everything from one store to another, or goes on where an earlier attempt stopped. The target is seen by nodes
 * only once all of it is there and was compared. From then on the source cannot be opened as a store, unless it is kept.
 */
export async function moveStore({
  source,
  target,
  keep = false,
  onProgress,
}: MoveParams): Promise<MoveOutcome> {
  if (source.stage === "done") return "before";
  const isToDo = await target.begin({ moveId: source.moveId, source: source.name });
  if (isToDo) {
    for (const table of storedTables) await copyTable(table, { source, target, onProgress });
    for (const table of storedTables) await compareTable(table, source, target);
    await putInPlace(source, target, keep);
  }
  await (keep ? source.release() : source.mark("done"));
  return "moved";
}

/** From the moment at which nodes could be on the target, none can be on the source. */
async function putInPlace(source: MoveSource, target: MoveTarget, keep: boolean): Promise<void> {
  if (!keep) await source.mark("finishing");
  try {
    await target.finish();
  } catch (error) {
    // Refused: it is certain that it was not done. Otherwise only the answer may have been lost.
    if (!keep && StepfastError.is(error) && error.code === "invalid_config") await source.mark("copying");
    throw error;
  }
}

async function copyTable(
  table: StoredTable,
  { source, target, onProgress }: Pick<MoveParams, "source" | "target" | "onProgress">,
): Promise<void> {
  const total = await source.count(table);
  let { cursor, rows } = await target.progress(table);
  onProgress?.({ table, rows, total });
  for await (const page of source.exportRows(table, cursor)) {
    await target.importRows(table, page, cursor);
    cursor = page.cursor;
    rows += page.rows.length;
    onProgress?.({ table, rows, total });
  }
}

async function compareTable<T extends StoredTable>(
  table: T,
  source: MoveSource,
  target: MoveTarget,
): Promise<void> {
  const given = new Checksum(table);
  for await (const { rows } of source.exportRows(table, null)) {
    given.add(rows.map((row) => target.asStored(table, row)));
  }
  const found = new Checksum(table);
  for await (const rows of target.exportRows(table)) found.add(rows);
  if (found.equals(given)) return;
  // Forgotten, so that the next attempt copies everything once more.
  await source.release();
  throw new StepfastError(
    "internal",
    `What arrived is not what was sent: of ${table} ${given.rows} rows were sent, ${found.rows} are there, and they differ. Nothing was put in place: look at the disks, then run the command again, it begins anew.`,
  );
}
