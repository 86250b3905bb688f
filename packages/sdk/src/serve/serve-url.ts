import type { Environment } from "../client/environment.ts";

export interface ServeLocation {
  /** Replaces the request's origin: `https://app.example`. */
  serveOrigin?: string;
  /** Replaces the request's path: `/api/inngest`. */
  servePath?: string;
}

// Query keys that belong to one request, not to the endpoint.
const REQUEST_KEYS = ["fnId", "stepId", "probe"];

/** The URL the server reaches this endpoint at: the request's own, unless options or environment say otherwise. */
export function serveUrl(requestUrl: URL, location: ServeLocation, env: Environment): URL {
  const url = new URL(requestUrl);
  const origin = location.serveOrigin || env.INNGEST_SERVE_ORIGIN || env.INNGEST_SERVE_HOST;
  const path = location.servePath || env.INNGEST_SERVE_PATH;
  for (const key of REQUEST_KEYS) url.searchParams.delete(key);
  url.hash = "";
  const search = url.search;
  const based = origin ? new URL(url.pathname, withScheme(origin)) : url;
  if (path) based.pathname = path;
  based.search = search;
  return based;
}

function withScheme(origin: string): string {
  return /^[a-z]+:\/\//i.test(origin) ? origin : `https://${origin}`;
}
