import type { ServeClient } from "./contract.ts";

const SCHEMA_VERSION = "2024-05-24";
const NO_EVENT_KEY = "NO_EVENT_KEY_SET";

/** What `GET` tells in dev mode (PROTOCOL §2.4). */
export function introspection(client: ServeClient, functionCount: number): Record<string, unknown> {
  return {
    extra: { native_crypto: globalThis.crypto?.subtle !== undefined },
    has_event_key: Boolean(client.eventKey) && client.eventKey !== NO_EVENT_KEY,
    has_signing_key: Boolean(client.signingKey),
    function_count: functionCount,
    mode: client.mode,
    schema_version: SCHEMA_VERSION,
  };
}
