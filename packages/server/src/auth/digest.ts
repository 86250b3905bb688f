import { createHash, timingSafeEqual } from "node:crypto";

/** What is kept of a secret to compare with: it has one length, and the secret cannot be read from it. */
export function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Whether a text is one of the secrets. Takes the same time whichever it is, and if it is none. */
export function isOneOf(text: string, digests: readonly Buffer[]): boolean {
  const given = digestOf(text);
  let found = false;
  for (const digest of digests) found = timingSafeEqual(given, digest) || found;
  return found;
}
