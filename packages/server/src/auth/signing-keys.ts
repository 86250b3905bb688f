import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { bareSigningKey, readSignature, StepfastError } from "@stepfast/protocol";
import { digestOf, isOneOf } from "./digest.ts";

export interface SigningKeyOptions {
  /** Hexadecimal, an even number of digits, `signkey-<environment>-` in front if you like. */
  signingKey: string;
  /** Counts as well, while keys are exchanged. */
  signingKeyFallback?: string | undefined;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  nowMs?: () => number;
}

const HEX = /^(?:[0-9a-f]{2})+$/i;

function checked(key: string, what: string): string {
  if (HEX.test(bareSigningKey(key))) return key;
  throw new StepfastError(
    "invalid_config",
    `The ${what} must be hexadecimal with an even number of digits: make one with \`openssl rand -hex 32\``,
  );
}

/** The form in which API calls carry a key, without its prefix (PROTOCOL §1.5). */
function hashedForm(bareKey: string): string {
  return createHash("sha256").update(Buffer.from(bareKey, "hex")).digest("hex");
}

/** As `signatureOf` of the protocol, without its way through other threads: servers sign often. */
function macOf(text: string, { key, seconds }: { key: string; seconds: string }): Buffer {
  return createHmac("sha256", bareSigningKey(key)).update(text).update(seconds).digest();
}

/** The keys shared with apps: both sides sign what they send each other, and apps show them to the API. */
export class SigningKeys {
  readonly #keys: readonly string[];
  readonly #bearers: readonly Buffer[];
  readonly #nowMs: () => number;

  /** Throws `invalid_config` for a key that is not hexadecimal. */
  constructor({ signingKey, signingKeyFallback, nowMs = Date.now }: SigningKeyOptions) {
    const keys = [checked(signingKey, "signing key")];
    if (signingKeyFallback) keys.push(checked(signingKeyFallback, "fallback signing key"));
    this.#keys = keys;
    this.#bearers = keys.map((key) => digestOf(hashedForm(bareSigningKey(key))));
    this.#nowMs = nowMs;
  }

  /** How many keys there are: the key, and maybe its fallback. */
  get count(): number {
    return this.#keys.length;
  }

  /** As a node shows the key to another one (PROTOCOL §1.5). */
  get authorization(): string {
    return `Bearer ${hashedForm(bareSigningKey(this.#keys[0] ?? ""))}`;
  }

  /** The signature header's value for a text sent now, with the key (0) or its fallback (1) (PROTOCOL §1.4). */
  sign(text: string, index: number): string {
    const seconds = String(Math.floor(this.#nowMs() / 1_000));
    const key = this.#keys[index] ?? this.#keys[0] ?? "";
    return `t=${seconds}&s=${macOf(text, { key, seconds }).toString("hex")}`;
  }

  /** Whether one of the keys made this signature for the text, within the time window. */
  verifies(text: string, signature: string | null | undefined): boolean {
    const read = readSignature(signature, this.#nowMs());
    if (!read) return false;
    const mac = Buffer.from(read.mac, "hex");
    return this.#keys.some((key) => timingSafeEqual(mac, macOf(text, { key, seconds: read.seconds })));
  }

  /** Whether a bearer token is one of the keys, plain or hashed, whatever its prefix. */
  accepts(token: string): boolean {
    const bare = bareSigningKey(token);
    const isHashed = isOneOf(bare.toLowerCase(), this.#bearers);
    const isPlain = isOneOf(HEX.test(bare) ? hashedForm(bare) : "", this.#bearers);
    return isHashed || isPlain;
  }
}
