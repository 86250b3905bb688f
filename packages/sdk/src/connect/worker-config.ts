import { hostname } from "node:os";
import { hashedSigningKey, StepfastError } from "@stepfast/protocol";
import { FunctionCatalog } from "../serve/catalog.ts";
import type { ServeClient } from "../serve/contract.ts";
import { isEnabled } from "../serve/flag.ts";
import { capabilities } from "../serve/registration.ts";
import type { ConnectHandlerOptions } from "./options.ts";

/** What a connection needs to know; plain data, so that it can go to another thread. */
export interface SessionConfig {
  apiBaseUrl: string;
  env: string | undefined;
  platform: string | undefined;
  /** Signing key and fallback, hashed; empty in dev mode without keys. */
  keys: string[];
  apps: { appName: string; appVersion: string | undefined; functions: string }[];
  capabilities: string;
  instanceId: string;
  maxWorkerConcurrency: number | undefined;
  gatewayUrl: string | undefined;
}

/** An app and its functions. */
export interface WorkerApp {
  client: ServeClient;
  catalog: FunctionCatalog;
}

// Nobody calls it: requests come over the connection.
const NOWHERE = "wss://connect";

/** Throws `invalid_config` for apps that cannot share a worker, `duplicate_function`. */
export function workerApps({ apps }: ConnectHandlerOptions): Map<string, WorkerApp> {
  const [first] = Array.isArray(apps) ? apps : [];
  if (!first)
    throw new StepfastError("invalid_config", "connect needs an app: apps: [{ client, functions }]");
  const byId = new Map<string, WorkerApp>();
  for (const { client, functions } of apps) {
    if (!client?.id) throw new StepfastError("invalid_config", "Each app of connect needs a client");
    if (byId.has(client.id))
      throw new StepfastError("invalid_config", `The app "${client.id}" is there twice`);
    if (client.env !== first.client.env) {
      const message = `All apps of a worker must be in one environment; "${client.id}" is in another one than "${first.client.id}"`;
      throw new StepfastError("invalid_config", message);
    }
    checkKey(client);
    byId.set(client.id, { client, catalog: new FunctionCatalog(client.id, functions ?? client.funcs) });
  }
  return byId;
}

function checkKey({ id, mode, signingKey, env }: ServeClient): void {
  if (mode === "cloud" && !signingKey) {
    const message = `"${id}" needs a signing key: set INNGEST_SIGNING_KEY, or INNGEST_DEV=1 to use a development server`;
    throw new StepfastError("invalid_config", message);
  }
  if (signingKey?.startsWith("signkey-branch-") && !env) {
    throw new StepfastError(
      "invalid_config",
      `"${id}" has a branch's signing key: set INNGEST_ENV to the branch`,
    );
  }
}

/** What the connection of these apps is made with. */
export async function sessionConfig(
  apps: ReadonlyMap<string, WorkerApp>,
  client: ServeClient,
  options: ConnectHandlerOptions,
): Promise<SessionConfig> {
  const env = client.environment;
  const keys = [client.signingKey, client.signingKeyFallback].filter(
    (key) => key !== undefined && key !== "",
  );
  return {
    apiBaseUrl: client.apiBaseUrl,
    env: client.env,
    platform: client.platform,
    keys: await Promise.all(keys.map((key) => hashedSigningKey(key ?? ""))),
    apps: [...apps].map(([appName, app]) => ({
      appName,
      appVersion: app.client.appVersion,
      functions: JSON.stringify(app.catalog.configs(NOWHERE, "ws")),
    })),
    capabilities: JSON.stringify(capabilities),
    instanceId: options.instanceId ?? hostname(),
    maxWorkerConcurrency: concurrencyOf(
      options.maxWorkerConcurrency,
      env.INNGEST_CONNECT_MAX_WORKER_CONCURRENCY,
    ),
    gatewayUrl: options.gatewayUrl ?? (env.INNGEST_CONNECT_GATEWAY_URL || undefined),
  };
}

function concurrencyOf(option: number | undefined, setting: string | undefined): number | undefined {
  if (option === undefined) {
    const parsed = Number.parseInt(setting ?? "", 10);
    return parsed > 0 ? parsed : undefined;
  }
  if (Number.isSafeInteger(option) && option > 0) return option;
  throw new StepfastError("invalid_config", "maxWorkerConcurrency must be a whole number, 1 or more");
}

export function isIsolated(client: ServeClient, option: boolean | undefined): boolean {
  return option ?? isEnabled(client.environment.INNGEST_CONNECT_ISOLATE_EXECUTION, true);
}
