import { type DevServer, type ProductionServer, startProductionServer } from "@stepfast/server";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";
import { ours } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

export const modes = ["dev", "production"] as const;
export type Mode = (typeof modes)[number];

export const signingKey = `signkey-prod-${"0a".repeat(16)}`;
export const eventKey = "key";

/** The API of a server with keys. */
export class KeyedApi extends Api {
  readonly #key: string;

  constructor(url: string, key: string) {
    super(url);
    this.#key = key;
  }

  override async request(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
    return super.request(method, path, body, { authorization: `Bearer ${this.#key}`, ...more });
  }
}

export interface World {
  server: DevServer | ProductionServer;
  api: Api;
  /** What a command needs to be let in. */
  key: string | undefined;
  app: App;
  cleanUps: CleanUps;
}

function productionServer(db: string): Promise<ProductionServer> {
  return startProductionServer({
    db,
    port: 0,
    eventKeys: [eventKey],
    signingKey,
    sdkUrls: [],
    pollIntervalMs: 0,
    log: quiet,
    tuning: { retryIntervalMs: 5, pollMs: 50 },
  });
}

/** A server in this mode, and an app beside it that is not started. */
export async function worldOf(mode: Mode, db = ":memory:"): Promise<World> {
  const cleanUps = new CleanUps();
  const server = mode === "dev" ? await devServer({ db }) : await productionServer(db);
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const isKeyed = mode === "production";
  const api = isKeyed ? new KeyedApi(server.url, signingKey) : new Api(server.url);
  const app = new App(ours, api, isKeyed ? { isDev: false, signingKey, eventKey } : {});
  cleanUps.add(() => app.stop());
  return { server, api, key: isKeyed ? signingKey : undefined, app, cleanUps };
}

/** Serves these functions and makes the server know them. */
export async function deploy({ api, app }: World, functions: readonly unknown[]): Promise<void> {
  await app.serve(functions);
  const response = await api.request("POST", `/v2/apps/${app.id}/syncs`, { url: app.url });
  const { data } = (await response.json()) as { data: { status: string; error: string | null } };
  if (data.status !== "success") throw new Error(`sync: ${data.error}`);
}
