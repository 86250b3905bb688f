const PREFIX = /^signkey-[\w]+-/;

/** A signing key as API calls carry it: prefix, then sha256 of the decoded rest (PROTOCOL §1.5). */
export async function hashedSigningKey(key: string): Promise<string> {
  const prefix = PREFIX.exec(key)?.[0] ?? "";
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(key.slice(prefix.length)));
  return prefix + hexOf(new Uint8Array(digest));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const pairs = hex.match(/[0-9a-f]{2}/gi) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
