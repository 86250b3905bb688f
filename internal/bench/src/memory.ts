import { setTimeout as pause } from "node:timers/promises";

declare const gc: (() => void) | undefined;

const ROUNDS = 5;
const MIB = 1024 * 1024;

/** Needs `--expose-gc`. */
export async function collectGarbage(): Promise<void> {
  if (gc === undefined) throw new Error("run node with --expose-gc to measure memory");
  for (let round = 0; round < ROUNDS; round++) {
    gc();
    await pause(20);
  }
}

export function memoryMib(): { resident: number; heap: number } {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss / MIB, heap: (heapUsed + external) / MIB };
}
