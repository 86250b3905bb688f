import { type ProductionOptions, type ProductionServer, startProductionServer } from "@stepfast/server";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";

export const signingKey = `signkey-prod-${"0a".repeat(16)}`;
export const eventKey = "key";

/** The API of a server with keys. */
export class KeyedApi extends Api {
  readonly #key: string;

  constructor(url: string, key = signingKey) {
    super(url);
    this.#key = key;
  }

  override async request(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
    return super.request(method, path, body, { authorization: `Bearer ${this.#key}`, ...more });
  }
}

/** A production server for tests, with keys: failed attempts are repeated at once. */
export function productionServer(options: Partial<ProductionOptions> = {}): Promise<ProductionServer> {
  return startProductionServer({
    db: ":memory:",
    port: 0,
    eventKeys: [eventKey],
    signingKey,
    sdkUrls: [],
    pollIntervalMs: 0,
    log: quiet,
    tuning: { retryIntervalMs: 5, pollMs: 50 },
    ...options,
  });
}
