/*
 * SHA-1 in plain JavaScript: step ids must be hashed synchronously, on runtimes that offer only the asynchronous
 * WebCrypto. It names steps; it protects nothing. Buffers are reused, since each new step id passes through here.
 */

const schedule = new Int32Array(80);
const state = new Int32Array(5);
const encoder = new TextEncoder();
let block = new Uint8Array(256);

/** The bytes with their padding, in whole blocks of 64; returns how many bytes that is. */
function pad(text: string): number {
  if (block.length < text.length * 3 + 72) block = new Uint8Array(text.length * 3 + 72);
  const { written } = encoder.encodeInto(text, block);
  const total = ((written + 8) >> 6) * 64 + 64;
  block.fill(0, written, total);
  block[written] = 0x80;
  const view = new DataView(block.buffer);
  view.setUint32(total - 8, Math.floor(written / 0x2000_0000));
  view.setUint32(total - 4, (written << 3) >>> 0);
  return total;
}

function word(offset: number): number {
  const high = ((block[offset] ?? 0) << 24) | ((block[offset + 1] ?? 0) << 16);
  return high | ((block[offset + 2] ?? 0) << 8) | (block[offset + 3] ?? 0);
}

function fillSchedule(offset: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = word(offset + i * 4);
  for (let i = 16; i < 80; i++) {
    const older = (schedule[i - 14] ?? 0) ^ (schedule[i - 16] ?? 0);
    const mixed = (schedule[i - 3] ?? 0) ^ (schedule[i - 8] ?? 0) ^ older;
    schedule[i] = (mixed << 1) | (mixed >>> 31);
  }
}

/** The choice of a round, with its constant. */
function choose(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function mixBlock(offset: number): void {
  fillSchedule(offset);
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  for (let i = 0; i < 80; i++) {
    const next = (((a << 5) | (a >>> 27)) + choose(i, b, c, d) + e + (schedule[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** Lower-case hex SHA-1 of a text's UTF-8 bytes. */
export function sha1Hex(text: string): string {
  state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const total = pad(text);
  for (let offset = 0; offset < total; offset += 64) mixBlock(offset);
  let digest = "";
  for (const part of state) digest += hex(part);
  return digest;
}
