import { z } from "zod";
import { pause } from "./job.ts";
import { schedule } from "./limit.ts";
import { json, time, timeOrNull } from "./values.ts";

/** A function of the v1 API (SERVER §4.2). */
export const functionV1 = z
  .object({
    internal_id: z.string(),
    env_id: z.string(),
    app_id: z.string(),
    id: z.string(),
    name: z.string(),
    config: z.record(z.string(), json),
    created_at: time,
    archived_at: timeOrNull,
  })
  .meta({ id: "FunctionV1" });

/** An app of the v2 API (SERVER §4.4). */
export const app = z
  .object({
    id: z.string(),
    name: z.string(),
    method: z
      .enum(["SERVE", "CONNECT", "INLINE"])
      .describe(
        "CONNECT: its workers come to the server. INLINE: its functions are in the server's process.",
      ),
    appVersion: z.string().nullable(),
    createdAt: time,
    isArchived: z.boolean(),
    archivedAt: timeOrNull,
    functionCount: z.int(),
    latestSync: z.object({
      status: z.enum(["success", "error"]),
      error: z.string().nullable(),
      syncedAt: time,
      framework: z.string().nullable(),
      url: z.string().nullable(),
      sdkLanguage: z.string().nullable(),
      sdkVersion: z.string().nullable(),
    }),
  })
  .meta({ id: "App" });

const trigger = z.object({
  type: z.enum(["EVENT", "CRON"]),
  value: z.string(),
  condition: z.string().nullable(),
});

const cancellation = z.object({
  event: z.string(),
  condition: z.string().nullable(),
  timeout: z.string().nullable(),
});

const configuration = z.object({
  retries: z.object({ value: z.int(), isDefault: z.boolean() }),
  cancellations: z.array(cancellation),
  idempotency: z.string().nullable(),
  timeouts: json,
  concurrency: json,
  throttle: json,
  rateLimit: json,
  debounce: json,
  eventsBatch: json,
  priority: z.string().nullable(),
  singleton: json,
});

/** A function of the v2 API (SERVER §4.4). */
export const fn = z
  .object({
    id: z.string().describe("The full id, `<app>-<function>`."),
    slug: z.string(),
    name: z.string(),
    app: z.object({ id: z.string() }),
    version: z.int(),
    isPaused: z.boolean(),
    pause: pause.nullable(),
    isArchived: z.boolean(),
    triggers: z.array(trigger),
    schedules: z.array(schedule).optional().describe("Its cron triggers and their next ticks; not in lists."),
    failureHandler: z.object({ slug: z.string(), name: z.string() }).nullable(),
    configuration,
  })
  .meta({ id: "Function" });

export const sync = z
  .object({
    id: z.string(),
    appId: z.string().nullable().describe("The app that was found there."),
    status: z.enum(["success", "error"]),
    error: z.string().nullable(),
  })
  .meta({ id: "Sync" });
