import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const BLOCK = Buffer.alloc(4096, 7);

/** How long it takes to append 4 KiB to a file and have them on the disk, in milliseconds, `count` times. */
export function appendTimes(folder: string, count: number): number[] {
  const file = openSync(join(folder, "append.probe"), "a");
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begunAt = performance.now();
    writeSync(file, BLOCK);
    fdatasyncSync(file);
    times.push(performance.now() - begunAt);
  }
  closeSync(file);
  return times;
}
