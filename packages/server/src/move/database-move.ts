import { openMoveEnds } from "../compose.ts";
import { type MoveOutcome, type MoveParams, moveStore } from "./move.ts";

export interface DatabaseMoveOptions extends Pick<MoveParams, "keep" | "onProgress"> {
  /** The SQLite file that is moved. No node may have it open. */
  db: string;
  /** `postgres://…`: where to. It must hold no runs and no events, and no node may be running on it. */
  databaseUrl: string;
}

/**
 * Moves all that a SQLite file holds to a PostgreSQL database, runs under way included. It may be stopped and begun again
 * at any time. Throws `store_locked`, `store_moved`, `invalid_config`, `schema_too_new`, `store_unavailable`.
 */
export async function moveDatabase(
  options: DatabaseMoveOptions,
): Promise<{ outcome: MoveOutcome; address: string }> {
  const { keep = false, onProgress = () => {} } = options;
  const { source, target, address } = await openMoveEnds(options);
  try {
    return { outcome: await moveStore({ source, target, keep, onProgress }), address };
  } finally {
    await target.close();
    await source.close();
  }
}
