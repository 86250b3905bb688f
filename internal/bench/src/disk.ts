import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const BLOCK = Buffer.alloc(4096, 7);

/** A file to learn from what the disk can do at this moment. */
export class DiskProbe {
  readonly #file: number;

  constructor(folder: string) {
    this.#file = openSync(join(folder, "append.probe"), "a");
  }

  /** How long it takes to append 4 KiB and have them on the disk, in milliseconds. */
  append(): number {
    const begunAt = performance.now();
    writeSync(this.#file, BLOCK);
    fdatasyncSync(this.#file);
    return performance.now() - begunAt;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The times of so many appends, one right after the other. */
export function appendTimes(folder: string, count: number): number[] {
  const probe = new DiskProbe(folder);
  const times = Array.from({ length: count }, () => probe.append());
  probe.close();
  return times;
}
