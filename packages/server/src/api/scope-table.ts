import { pathPattern } from "../http/path-pattern.ts";
import type { Scope } from "../schemas/key.ts";
import type { Endpoint } from "./endpoint.ts";
import { pathsOf } from "./mount.ts";

/** Told beside the endpoints, to keys that may read. */
const readable = ["/openapi.json", "/metrics"];

/** What a key made through the API needs for a request; undefined: no such key opens it. */
export function scopeTable(
  endpoints: readonly Endpoint[],
): (method: string, path: string) => Scope | undefined {
  const table = endpoints.flatMap((each) =>
    pathsOf(each).map((path) => ({ method: each.method, pattern: pathPattern(path), scope: each.scope })),
  );
  return (method, path) => {
    const asked = method === "HEAD" ? "GET" : method;
    if (asked === "GET" && readable.includes(path)) return "read";
    return table.find((row) => row.method === asked && row.pattern.test(path))?.scope;
  };
}
