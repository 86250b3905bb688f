/*
 * SHA-1 in plain JavaScript: step ids must be hashed synchronously, on runtimes that offer only the asynchronous
 * WebCrypto. It names steps; it protects nothing.
 */

const words = new Int32Array(80);
const encoder = new TextEncoder();

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function padded(bytes: Uint8Array): DataView {
  const length = ((bytes.length + 8) >> 6) + 1;
  const view = new DataView(new ArrayBuffer(length * 64));
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes[i] ?? 0);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(length * 64 - 8, Math.floor((bytes.length * 8) / 2 ** 32));
  view.setUint32(length * 64 - 4, (bytes.length * 8) >>> 0);
  return view;
}

function mix(state: Int32Array, block: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(offset + i * 4);
  for (let i = 16; i < 80; i++) {
    const value = (words[i - 3] ?? 0) ^ (words[i - 8] ?? 0) ^ (words[i - 14] ?? 0) ^ (words[i - 16] ?? 0);
    words[i] = rotate(value, 1);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  for (let i = 0; i < 80; i++) {
    const [choice, constant] = roundOf(i, b, c, d);
    const next = (rotate(a, 5) + choice + e + constant + (words[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
}

function roundOf(i: number, b: number, c: number, d: number): [number, number] {
  if (i < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (i < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (i < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

/** Lower-case hex SHA-1 of a text's UTF-8 bytes. */
export function sha1Hex(text: string): string {
  const view = padded(encoder.encode(text));
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  for (let offset = 0; offset < view.byteLength; offset += 64) mix(state, view, offset);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
