import { bareSigningKey, hashedSigningKey } from "@stepfast/protocol";
import { version } from "../version.ts";
import { isStreaming } from "./policy.ts";
import { capabilities, type SyncSource } from "./registration.ts";

const SCHEMA_VERSION = "2024-05-24";
const NO_EVENT_KEY = "NO_EVENT_KEY_SET";
/** Of a signing key's hash only the beginning is told: enough to compare, too little to be used as the key. */
const KEY_HASH_DIGITS = 12;

/** What `GET` tells (PROTOCOL §2.4): in cloud mode, where only a signed request gets here, all of it. */
export async function introspection(source: SyncSource): Promise<Record<string, unknown>> {
  const { client, catalog } = source;
  const extra = { native_crypto: globalThis.crypto?.subtle !== undefined };
  const common = {
    extra,
    has_event_key: eventKeyOf(source) !== undefined,
    has_signing_key: Boolean(client.signingKey),
    function_count: catalog.size,
    mode: client.mode,
    schema_version: SCHEMA_VERSION,
  };
  if (client.mode === "dev") return common;
  return { ...common, ...(await details(source)), extra: { ...extra, is_streaming: isStreaming(source) } };
}

function eventKeyOf({ client }: SyncSource): string | undefined {
  return client.eventKey && client.eventKey !== NO_EVENT_KEY ? client.eventKey : undefined;
}

async function details(source: SyncSource): Promise<Record<string, unknown>> {
  const { client, frameworkName, options } = source;
  const eventKey = eventKeyOf(source);
  return {
    authentication_succeeded: true,
    api_origin: client.apiBaseUrl,
    app_id: client.id,
    capabilities,
    env: client.env ?? null,
    event_api_origin: client.eventBaseUrl,
    event_key_hash: eventKey === undefined ? null : await sha256(eventKey),
    framework: frameworkName,
    sdk_language: "js",
    sdk_version: version,
    serve_origin: options.serveOrigin ?? null,
    serve_path: options.servePath ?? null,
    signing_key_hash: await keyHash(client.signingKey),
    signing_key_fallback_hash: await keyHash(client.signingKeyFallback),
  };
}

async function keyHash(key: string | undefined): Promise<string | null> {
  return key ? bareSigningKey(await hashedSigningKey(key)).slice(0, KEY_HASH_DIGITS) : null;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
