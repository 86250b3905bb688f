/*
 * Arrays in PostgreSQL's binary format: no escaping, and the server takes them in without parsing. Format: dimensions,
 * flags, element type, length, lower bound, then each element with its length in front (-1: null).
 */

const TEXT_OID = 25;
const FLOAT8_OID = 701;
const HEADER_BYTES = 20;

function writeHeader(target: Buffer, oid: number, length: number): void {
  target.writeInt32BE(1, 0);
  target.writeInt32BE(1, 4);
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16);
}

/** What follows a U+0000 is not kept: PostgreSQL has no such text. */
export function storable(value: string): string {
  const end = value.indexOf("\0");
  return end === -1 ? value : value.slice(0, end);
}

/** A `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES + values.length * 4;
  const texts = values.map((value) => (value === null ? null : storable(value)));
  for (const text of texts) if (text !== null) bytes += Buffer.byteLength(text);
  const target = Buffer.allocUnsafe(bytes);
  writeHeader(target, TEXT_OID, values.length);
  let at = HEADER_BYTES;
  for (const text of texts) {
    const written = text === null ? -1 : target.write(text, at + 4);
    target.writeInt32BE(written, at);
    at += 4 + Math.max(0, written);
  }
  return target;
}

/** A `float8[]`: JavaScript's own numbers. */
export function numberArray(values: readonly (number | null)[]): Buffer {
  const nulls = values.filter((value) => value === null).length;
  const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * 12 - nulls * 8);
  writeHeader(target, FLOAT8_OID, values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = target.writeInt32BE(-1, at);
    } else {
      at = target.writeInt32BE(8, at);
      at = target.writeDoubleBE(value, at);
    }
  }
  return target;
}
