let last = 0;

/**
 * Where no sequence may be used: later in this process is higher, and about so between processes. Microseconds since
 * 1970, so that it begins where it was after a restart, and stays a number that JavaScript tells apart.
 */
export function nextNumber(): number {
  last = Math.max(last + 1, Date.now() * 1_000);
  return last;
}
