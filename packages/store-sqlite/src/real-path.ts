import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { StepfastError } from "@stepfast/protocol";

/** One name for the file, whichever links lead to it: the lock is beside that one. Makes its folder. */
export function realPath(path: string): string {
  const full = resolve(path);
  try {
    mkdirSync(dirname(full), { recursive: true });
  } catch (cause) {
    throw new StepfastError("store_unavailable", `The folder of ${path} cannot be made: check the path.`, {
      cause,
    });
  }
  try {
    return realpathSync(full);
  } catch {
    return join(realpathSync(dirname(full)), basename(full));
  }
}
