import type { DevServer, ProductionServer } from "@stepfast/server";
import { Api } from "./api.ts";
import { eventKey, KeyedApi, productionServer, signingKey } from "./production.ts";
import { ours } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

export const modes = ["dev", "production"] as const;
export type Mode = (typeof modes)[number];

export interface World {
  server: DevServer | ProductionServer;
  api: Api;
  /** What a command needs to be let in. */
  key: string | undefined;
  app: App;
  cleanUps: CleanUps;
}

/** A server in this mode, and an app beside it that is not started. */
export async function worldOf(mode: Mode, db = ":memory:"): Promise<World> {
  const cleanUps = new CleanUps();
  const server = mode === "dev" ? await devServer({ db }) : await productionServer({ db });
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
