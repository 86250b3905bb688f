import { headers as names } from "@stepfast/protocol";
import { platformOf } from "../client/environment.ts";
import { version } from "../version.ts";
import { isRecord, parseBody } from "./body.ts";
import type { Reply, ServeRequest } from "./exchange.ts";
import { introspection } from "./introspection.ts";
import { capabilities, type SyncSource } from "./registration.ts";

/** Registers by answering: the server asked with the URL it knows this endpoint by (PROTOCOL §2.2). */
export async function syncInBand(source: SyncSource, request: ServeRequest): Promise<Reply> {
  const url = requestedUrl(parseBody(request.body));
  if (!url) {
    const message = 'an in-band sync needs the body {"url": "<URL of this endpoint>"} and nothing else';
    return { status: 400, json: { code: "invalid_request", message } };
  }
  return { status: 200, headers: { [names.syncKind]: "in_band" }, json: await description(source, url) };
}

function requestedUrl(body: unknown): URL | undefined {
  if (!isRecord(body) || typeof body.url !== "string" || Object.keys(body).length !== 1) return undefined;
  try {
    return new URL(body.url);
  } catch {
    return undefined;
  }
}

async function description(source: SyncSource, url: URL): Promise<Record<string, unknown>> {
  const { client, catalog, env, frameworkName } = source;
  return {
    app_id: client.id,
    appVersion: client.appVersion,
    capabilities,
    env: client.env ?? null,
    framework: frameworkName,
    functions: catalog.configs(url.href),
    inspection: await introspection(source),
    platform: platformOf(env),
    sdk_author: "stepfast",
    sdk_language: "js",
    sdk_version: version,
    sdk: `js:v${version}`,
    url: url.href,
  };
}
