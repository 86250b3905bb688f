import type { Environment } from "../client/environment.ts";

/** Variables among a worker's bindings; undefined if there is none, as in Node, where bindings hold the connection. */
export function stringsOf(bindings: unknown): Environment | undefined {
  if (typeof bindings !== "object" || bindings === null) return undefined;
  const texts = Object.entries(bindings).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}
