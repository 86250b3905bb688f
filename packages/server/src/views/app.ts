import type { PauseState } from "@stepfast/engine";
import type { FunctionConfig } from "@stepfast/protocol";
import { limits } from "@stepfast/protocol";
import type { AppRow, FunctionRow } from "@stepfast/store";
import type { z } from "zod";
import { isWorkerUrl } from "../connect/worker-facts.ts";
import type { app as appSchema, fn as fnSchema, functionV1 } from "../schemas/app.ts";
import { pauseView } from "./bulk-job.ts";
import { isoText, isoTime } from "./envelope.ts";
import { ONLY_TENANT } from "./event.ts";

/** A function of the v1 API (SERVER §4.2). */
export function functionViewV1(row: FunctionRow): z.input<typeof functionV1> {
  return {
    internal_id: row.id,
    env_id: ONLY_TENANT,
    app_id: row.appId,
    id: row.id,
    name: row.name,
    config: JSON.parse(row.config),
    created_at: isoText(row.createdAt),
    archived_at: isoTime(row.archivedAt),
  };
}

/** An app of the v2 API (SERVER §4.4). */
export function appViewV2(app: AppRow, functionCount: number): z.input<typeof appSchema> {
  return {
    id: app.id,
    name: app.id,
    method: methodOf(app),
    appVersion: app.appVersion,
    createdAt: isoText(app.createdAt),
    isArchived: false,
    archivedAt: null,
    functionCount,
    latestSync: {
      status: app.error === null ? "success" : "error",
      error: app.error,
      syncedAt: isoText(app.syncedAt),
      framework: app.framework,
      url: app.url,
      ...sdkOf(app.sdk),
    },
  };
}

/** How the app's functions are called. */
function methodOf({ url }: AppRow): "INLINE" | "CONNECT" | "SERVE" {
  if (url === null) return "INLINE";
  return isWorkerUrl(url) ? "CONNECT" : "SERVE";
}

/** `js:v4.24.0` in its parts. */
function sdkOf(sdk: string | null): { sdkLanguage: string | null; sdkVersion: string | null } {
  const [language = "", sdkVersion = ""] = (sdk ?? "").split(":");
  return { sdkLanguage: language || null, sdkVersion: sdkVersion.replace(/^v/, "") || null };
}

type FunctionView = z.input<typeof fnSchema>;

function triggerViews(config: FunctionConfig): FunctionView["triggers"] {
  return config.triggers.map((trigger) =>
    trigger.cron === undefined
      ? { type: "EVENT", value: trigger.event ?? "", condition: trigger.expression ?? null }
      : { type: "CRON", value: trigger.cron, condition: null },
  );
}

function configurationView(config: FunctionConfig): FunctionView["configuration"] {
  const attempts = config.steps.step?.retries?.attempts;
  return {
    retries: { value: attempts ?? limits.defaultRetries, isDefault: attempts === undefined },
    cancellations: (config.cancel ?? []).map((rule) => ({
      event: rule.event,
      condition: rule.if ?? null,
      timeout: rule.timeout ?? null,
    })),
    idempotency: config.idempotency ?? null,
    timeouts: config.timeouts ?? null,
    concurrency: config.concurrency ?? null,
    throttle: config.throttle ?? null,
    rateLimit: config.rateLimit ?? null,
    debounce: config.debounce ?? null,
    eventsBatch: config.batchEvents ?? null,
    priority: config.priority?.run ?? null,
    singleton: config.singleton ?? null,
  };
}

/** A function of the v2 API (SERVER §4.4). `failureHandler` is the function that runs when this one fails. */
export function functionViewV2(row: FunctionRow, siblings: FunctionRow[]): FunctionView {
  const config: FunctionConfig = JSON.parse(row.config);
  const handler = siblings.find((sibling) => sibling.id === `${row.id}-failure`);
  return {
    id: row.id,
    slug: row.id,
    name: row.name,
    app: { id: row.appId },
    version: row.version,
    isPaused: row.paused !== null,
    pause: row.paused === null ? null : pauseView(JSON.parse(row.paused) as PauseState),
    isArchived: row.archivedAt !== null,
    triggers: triggerViews(config),
    failureHandler: handler ? { slug: handler.id, name: handler.name } : null,
    configuration: configurationView(config),
  };
}
