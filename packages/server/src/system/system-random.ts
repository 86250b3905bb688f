import { randomBytes } from "node:crypto";
import type { Random } from "@stepfast/engine";

/** Entropy is fetched in blocks: asking the operating system for each id would cost more than making it. */
const BLOCK_BYTES = 4096;

function blockSource(): (length: number) => Uint8Array {
  let block = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (length > BLOCK_BYTES) return randomBytes(length);
    if (used + length > block.length) {
      block = randomBytes(BLOCK_BYTES);
      used = 0;
    }
    used += length;
    return block.subarray(used - length, used);
  };
}

/** Cryptographically strong randomness of the machine. */
export const systemRandom: Random = { bytes: blockSource(), fraction: () => Math.random() };
