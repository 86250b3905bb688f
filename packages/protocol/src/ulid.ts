const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_CHARS = 16;

/** A source of uniformly random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

function encodeTime(timeMs: number): string {
  let rest = timeMs;
  let text = "";
  for (let i = 0; i < 10; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** A ULID of the given time and ten bytes of entropy. */
export function ulidFromBytes(timeMs: number, entropy: Uint8Array): string {
  let text = encodeTime(timeMs);
  let bits = 0;
  let buffer = 0;
  for (const byte of entropy.subarray(0, 10)) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((buffer >> bits) & 31);
    }
  }
  return text;
}

/**
 * Makes ULIDs that sort in the order they were made, also within one millisecond and when the clock steps back:
 * ordered keys are what an append-only table likes best.
 */
export function ulidFactory(random: RandomBytes): (nowMs: number) => string {
  let lastMs = -1;
  let prefix = "";
  const tail = new Array<number>(RANDOM_CHARS).fill(0);
  return (nowMs) => {
    if (nowMs > lastMs) {
      lastMs = nowMs;
      prefix = encodeTime(nowMs);
      const bytes = random(RANDOM_CHARS);
      for (let i = 0; i < RANDOM_CHARS; i++) tail[i] = (bytes[i] ?? 0) & 31;
      // Head room, so that incrementing never overflows.
      tail[0] = (tail[0] ?? 0) & 15;
    } else {
      increment(tail);
    }
    let text = prefix;
    for (const digit of tail) text += ALPHABET.charAt(digit);
    return text;
  };
}

function increment(digits: number[]): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = digits[i] ?? 0;
    if (digit < 31) {
      digits[i] = digit + 1;
      return;
    }
    digits[i] = 0;
  }
}

const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isUlid(text: string): boolean {
  return ULID_PATTERN.test(text);
}

/** The time a ULID was made, milliseconds since the epoch. */
export function ulidTime(ulid: string): number {
  let time = 0;
  for (let i = 0; i < 10; i++) time = time * 32 + ALPHABET.indexOf(ulid.charAt(i));
  return time;
}
