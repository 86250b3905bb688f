import { isWorkerUrl } from "../connect/worker-facts.ts";
import { isLoopbackName } from "../http/guard.ts";

/** A step URL without its query: where the app serves its functions. */
export function serveUrl(stepUrl: string): string {
  const { origin, pathname } = new URL(stepUrl);
  return `${origin}${pathname.replace(/\/$/, "")}`;
}

/** What tells apps apart by their URL: this machine has several names. */
export function appKey(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  const host = isLoopbackName(hostname) ? "localhost" : hostname;
  return `${protocol}//${host}:${port}${new URL(serveUrl(url)).pathname}`;
}

/** Serve URLs by what tells their apps apart; of two for one app the later. */
export function byApp(urls: string[]): Map<string, string> {
  return new Map(urls.map((url) => [appKey(url), url]));
}

/** Where the apps behind these functions serve; workers serve nowhere. */
export function serveUrls(functions: { url: string | null }[]): string[] {
  const served = functions.map(({ url }) => url).filter((url) => url !== null && !isWorkerUrl(url));
  const urls = served.flatMap((url) => (url === null ? [] : [serveUrl(url)]));
  return [...byApp(urls).values()];
}
