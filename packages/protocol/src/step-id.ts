import { sha1Hex } from "./sha1.ts";

/** Wire id of the n-th use (0 = first) of a step id in one run (PROTOCOL §5.1). */
export function hashStepId(id: string, index = 0): string {
  return sha1Hex(index === 0 ? id : `${id}:${index}`);
}
