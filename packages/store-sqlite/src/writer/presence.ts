import { statSync } from "node:fs";
import { StepfastError } from "@stepfast/protocol";

/**
 * Throws `store_unavailable` if the database was deleted while it is open: its files can still be written to, and are gone afterwards
 * with all that was acknowledged.
 */
export function requirePresent(path: string): void {
  for (const file of [path, `${path}-wal`]) {
    if (isThere(file)) continue;
    throw new StepfastError(
      "store_unavailable",
      `The file ${file} was deleted while the database was open: put it back if you have it, and open the store again.`,
    );
  }
}

function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Nobody can tell at the moment.
    return true;
  }
}
