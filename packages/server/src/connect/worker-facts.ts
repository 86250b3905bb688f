import { type FunctionConfig, type RegisterRequest, StepfastError } from "@stepfast/protocol";
import type { AppConfiguration, WorkerConnectRequest } from "@stepfast/protocol/connect";
import { validateRegister } from "@stepfast/protocol/validators";
import { isRecord, parseJson } from "../http/body.ts";
import { workerGroup } from "./worker-group.ts";
import type { WorkerFacts } from "./worker-link.ts";

/** Where an app's functions are said to be: an address that tells apps apart, and that nobody calls. */
function workerUrl(appId: string): string {
  return `wss://connect/${encodeURIComponent(appId)}`;
}

/** Whether functions at this address are called by way of a worker. */
export function isWorkerUrl(url: string): boolean {
  return url.startsWith("ws:") || url.startsWith("wss:");
}

/** A worker as it introduced itself: what it is, and its apps as they are registered. */
export interface Introduction {
  facts: WorkerFacts;
  apps: RegisterRequest[];
}

/** Throws `invalid_config` naming the function and the key, `invalid_json`, `invalid_request`. */
export function introduction(request: WorkerConnectRequest, workerConcurrency: number): Introduction {
  const apps = request.apps.map((app) => registration(app, request));
  const ids = new Set(apps.map((app) => app.appName));
  if (ids.size === 0) throw new StepfastError("invalid_config", "The worker brings no app");
  if (ids.size < apps.length) throw new StepfastError("invalid_config", "The worker brings an app twice");
  const limit = request.maxWorkerConcurrency ?? 0;
  return {
    apps,
    facts: {
      connectionId: request.connectionId,
      instanceId: request.instanceId,
      apps: new Map(apps.map((app) => [app.appName, new Set(app.functions.map((fn) => fn.id))])),
      groups: new Map(apps.map((app) => [app.appName, groupOf(app)])),
      capacity: limit > 0 ? limit : workerConcurrency,
      isReadyAtOnce: !request.manualReadinessAck,
      sdk: sdkOf(request),
      system: request.systemAttributes,
    },
  };
}

function groupOf({ appName, appVersion, sdk, functions }: RegisterRequest) {
  return workerGroup({ id: appName, appVersion: appVersion ?? null, sdk, functions });
}

/** As the same SDK names itself over HTTP: `js:v4.24.0`. The Python SDK leaves the `v` out here. */
function sdkOf({ sdkLanguage, sdkVersion }: WorkerConnectRequest): string {
  const language = sdkLanguage === "typescript" || sdkLanguage === "" ? "js" : sdkLanguage;
  return `${language}:${sdkVersion.replace(/^(?=\d)/, "v") || "unknown"}`;
}

function registration(app: AppConfiguration, request: WorkerConnectRequest): RegisterRequest {
  const functions = parseJson(Buffer.from(app.functions).toString("utf8") || "[]");
  if (!Array.isArray(functions)) {
    throw new StepfastError("invalid_config", `The functions of ${app.appName} are not a list`);
  }
  const checked = validateRegister({
    url: workerUrl(app.appName),
    deployType: "connect",
    framework: request.framework || "connect",
    appName: app.appName,
    functions,
    sdk: sdkOf(request),
    v: "0.1",
    appVersion: app.appVersion,
    capabilities: capabilitiesOf(request),
  });
  return { ...checked, functions: checked.functions.map((config) => overWorker(config, checked.url)) };
}

/** Some SDKs name HTTP as the runtime of failure handlers here, too (PROTOCOL §2.3). */
function overWorker(config: FunctionConfig, base: string): FunctionConfig {
  const steps = Object.entries(config.steps).map(([key, step]) => {
    const url = `${base}?fnId=${encodeURIComponent(config.id)}&stepId=${encodeURIComponent(step.id)}`;
    return [key, { ...step, runtime: { type: "ws" as const, url } }];
  });
  return { ...config, steps: Object.fromEntries(steps) };
}

function capabilitiesOf({ capabilities }: WorkerConnectRequest): Record<string, string> {
  if (capabilities.byteLength === 0) return {};
  const value = parseJson(Buffer.from(capabilities).toString("utf8"));
  if (!isRecord(value)) throw new StepfastError("invalid_request", "The worker's capabilities are no object");
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}
