import { canonicalJson } from "./canonical-json.ts";

/** A signature's time may differ from the verifier's clock by this much, into the past or the future. */
export const signatureWindowMs = 300_000;

const PREFIX = /^signkey-\w+-/;
const HEADER = /^t=(\d{1,12})&s=([0-9a-f]{64})$/;
/** Keys in use are few; whoever makes up keys must not fill the memory. */
const MAX_IMPORTED_KEYS = 64;

const encoder = new TextEncoder();
type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
const imported = new Map<string, Promise<HmacKey>>();

/** A signing key without its `signkey-<environment>-` prefix. */
export function bareSigningKey(key: string): string {
  return key.replace(PREFIX, "");
}

/** The text without its prefix, as it is, is the key: not what its hexadecimal digits stand for. */
function hmacKey(key: string): Promise<HmacKey> {
  const found = imported.get(key);
  if (found) return found;
  if (imported.size >= MAX_IMPORTED_KEYS) imported.clear();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const made = crypto.subtle.importKey("raw", encoder.encode(bareSigningKey(key)), algorithm, false, [
    "sign",
    "verify",
  ]);
  imported.set(key, made);
  return made;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * The value of the `x-inngest-signature` header for a text sent now: `t=<unix seconds>&s=<hex>`, an HMAC-SHA256 over
 * the text and the time (PROTOCOL §1.4). The text of a request is its body in canonical form, or nothing.
 */
export async function signatureOf(
  text: string,
  { key, nowMs }: { key: string; nowMs: number },
): Promise<string> {
  const seconds = String(Math.floor(nowMs / 1_000));
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(key), encoder.encode(text + seconds));
  return `t=${seconds}&s=${hexOf(new Uint8Array(mac))}`;
}

export interface SignedText {
  text: string;
  /** The header's value. */
  signature: string | null | undefined;
  /** The keys it may be made with, in order of trial. Empty ones are passed over. */
  keys: readonly (string | undefined)[];
  nowMs: number;
}

/**
 * What a signature header says: its time in seconds, as it is written, and its hexadecimal HMAC. Undefined where it is
 * missing or malformed, or its time is further than {@link signatureWindowMs} from now.
 */
export function readSignature(
  signature: string | null | undefined,
  nowMs: number,
): { seconds: string; mac: string } | undefined {
  const [, seconds, mac] = HEADER.exec(signature ?? "") ?? [];
  if (seconds === undefined || mac === undefined) return undefined;
  return Math.abs(nowMs - Number(seconds) * 1_000) > signatureWindowMs ? undefined : { seconds, mac };
}

/**
 * The key a text was signed with; `undefined` where the signature is missing, malformed, older or newer than
 * {@link signatureWindowMs}, or made with none of the keys. Comparing takes the same time whatever differs.
 */
export async function verifiedKey({ text, signature, keys, nowMs }: SignedText): Promise<string | undefined> {
  const read = readSignature(signature, nowMs);
  if (!read) return undefined;
  const signed = encoder.encode(text + read.seconds);
  for (const key of keys) {
    if (!key || bareSigningKey(key) === "") continue;
    if (await crypto.subtle.verify("HMAC", await hmacKey(key), bytesOf(read.mac), signed)) return key;
  }
  return undefined;
}

/**
 * The text a request's signature is over: its body in canonical form, or nothing where there is no body. Undefined for a
 * body that is text but no JSON.
 */
export function signedText(body: unknown): string | undefined {
  if (body === undefined || body === null || body === "") return "";
  try {
    return canonicalJson(typeof body === "string" ? JSON.parse(body) : body);
  } catch {
    return undefined;
  }
}

const hashed = new Map<string, Promise<string>>();

/**
 * A signing key as API calls carry it as a bearer token: its prefix, then the SHA-256 of what the hexadecimal rest stands
 * for (PROTOCOL §1.5).
 */
export function hashedSigningKey(key: string): Promise<string> {
  const found = hashed.get(key);
  if (found) return found;
  if (hashed.size >= MAX_IMPORTED_KEYS) hashed.clear();
  const made = hashOf(key);
  hashed.set(key, made);
  return made;
}

async function hashOf(key: string): Promise<string> {
  const prefix = PREFIX.exec(key)?.[0] ?? "";
  const pairs = key.slice(prefix.length).match(/[0-9a-f]{2}/gi) ?? [];
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(pairs.join("")));
  return prefix + hexOf(new Uint8Array(digest));
}
