import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { type ErrorCode, StepfastError } from "./error.ts";
import type { FunctionConfig, RegisterRequest } from "./function-config.ts";
import { limits } from "./limits.ts";

const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600 * SECOND_MS;

/** Other SDKs write null for what is not set. */
function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** One of these words, in any case: the Go SDK writes `Fn` and `Skip`. */
function word<const T extends string>(words: readonly T[], error: string) {
  return z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(words, { error }),
  );
}

const text = z.string({ error: "must be a text" }).min(1, "must not be empty");
const name = text.max(
  limits.triggerNameLength,
  `must be at most ${limits.triggerNameLength} characters long`,
);
const count = z.int({ error: "must be a whole number" }).min(1, "must be at least 1");

function duration(minMs = 0, maxMs = Number.POSITIVE_INFINITY) {
  return text.refine(
    (value) => {
      const ms = parseDuration(value);
      return ms !== undefined && ms >= minMs && ms <= maxMs;
    },
    { error: `must be a duration such as "30s" or "1h30m"${bounds(minMs, maxMs)}` },
  );
}

function bounds(minMs: number, maxMs: number): string {
  const least = minMs > 0 ? `, at least ${minMs / SECOND_MS} s` : "";
  return Number.isFinite(maxMs) ? `${least}, at most ${maxMs / SECOND_MS} s` : least;
}

const trigger = z
  .object(
    {
      event: optional(name),
      expression: optional(text),
      cron: optional(text.max(limits.cronLength, `must be at most ${limits.cronLength} characters long`)),
      jitter: optional(duration(SECOND_MS, 300 * SECOND_MS)),
      catchUp: optional(z.enum(["skip", "one", "all"], { error: 'must be "skip", "one" or "all"' })),
    },
    { error: 'must be an object such as { "event": "order/placed" }' },
  )
  .refine((value) => (value.event === undefined) !== (value.cron === undefined), {
    error: "must have either an event or a cron",
  });

const triggers = z
  .array(trigger, { error: "must be a list" })
  .max(limits.triggersPerFunction, `has more than ${limits.triggersPerFunction} entries`)
  .refine(
    (list) =>
      new Set(list.map((one) => JSON.stringify([one.event, one.expression, one.cron]))).size === list.length,
    {
      error: "has the same trigger twice",
    },
  );

const concurrencyRule = z
  .object(
    {
      limit: count,
      key: optional(text),
      scope: optional(word(["fn", "env", "account"], 'must be "fn", "env" or "account"')),
    },
    { error: 'must be a number or an object such as { "limit": 5 }' },
  )
  .refine((rule) => rule.key !== undefined || (rule.scope ?? "fn") === "fn", {
    path: ["key"],
    error: 'is needed for the scopes "env" and "account"',
  });

/** A number, a rule or a list of rules, as a list. */
function concurrencyRules(most: number) {
  return z.preprocess(
    (value) => (Array.isArray(value) ? value : [typeof value === "number" ? { limit: value } : value]),
    z.array(concurrencyRule).max(most, `has more than ${most} ${most === 1 ? "entry" : "entries"}`),
  );
}

const stepRules = concurrencyRules(limits.concurrencyRulesPerFunction);
const concurrencyForms = z.object({ step: optional(stepRules), fn: optional(concurrencyRules(1)) });

function isConcurrencyForms(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("step" in value || "fn" in value);
}

/** The rules of steps, or an object with those of steps and of whole runs. */
const concurrency = z.unknown().transform((value, context) => {
  const parsed = isConcurrencyForms(value) ? concurrencyForms.safeParse(value) : stepRules.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue, code: "custom" });
  return z.NEVER;
});

const cancelRule = z.object(
  {
    event: name,
    if: optional(text),
    timeout: optional(
      z
        .string({ error: "must be a text" })
        .refine(
          (value) => value === "" || parseDuration(value) !== undefined || !Number.isNaN(Date.parse(value)),
          {
            error: 'must be a duration such as "1h30m" or an ISO time',
          },
        ),
    ),
  },
  { error: 'must be an object such as { "event": "order/void" }' },
);

/** The Go SDK sends an address only. */
const runtime = z
  .object({
    type: optional(z.enum(["http", "ws", "inline"], { error: 'must be "http" or "ws"' })),
    url: z.string({ error: "must be a text" }),
  })
  .transform(({ type, url }) => ({
    type: type ?? (/^wss?:/.test(url) ? ("ws" as const) : ("http" as const)),
    url,
  }));

const step = z.object({
  id: text,
  name: text,
  runtime,
  retries: optional(
    z.object({
      attempts: z
        .int({ error: "must be a whole number" })
        .min(0, "must not be negative")
        .max(limits.maxRetries, `must be at most ${limits.maxRetries}`),
    }),
  ),
});

const keyed = { key: optional(text) };

const functionConfig = z
  .object(
    {
      id: name,
      name,
      triggers: optional(triggers).transform((list) => list ?? []),
      steps: z
        .record(text, step, { error: "must be an object" })
        .refine((steps) => Object.keys(steps).length > 0, { error: "must hold a step" }),
      idempotency: optional(text),
      rateLimit: optional(z.object({ limit: count, period: duration(1, DAY_MS), ...keyed })),
      throttle: optional(
        z.object({
          // None is one, as in the original.
          limit: z.preprocess((value) => (value === 0 ? 1 : value), count),
          period: duration(SECOND_MS),
          burst: optional(z.int({ error: "must be a whole number" }).min(0, "must not be negative")),
          ...keyed,
        }),
      ),
      concurrency: optional(concurrency),
      debounce: optional(
        z.object({
          period: duration(SECOND_MS, 7 * DAY_MS),
          timeout: optional(duration(SECOND_MS)),
          ...keyed,
        }),
      ),
      batchEvents: optional(
        z.object({
          maxSize: z.int({ error: "must be a whole number" }).min(2, "must be at least 2"),
          timeout: duration(SECOND_MS),
          if: optional(text),
          ...keyed,
        }),
      ),
      priority: optional(z.object({ run: optional(text) })),
      timeouts: optional(z.object({ start: optional(duration()), finish: optional(duration()) })),
      singleton: optional(
        z.object({ mode: word(["skip", "cancel"], 'must be "skip" or "cancel"'), ...keyed }),
      ),
      cancel: optional(
        z
          .array(cancelRule, { error: "must be a list" })
          .max(limits.cancelRulesPerFunction, `has more than ${limits.cancelRulesPerFunction} entries`),
      ),
    },
    { error: "must be an object" },
  )
  .superRefine((config, context) => {
    if (config.batchEvents === undefined) return;
    const excluded = {
      cancelOn: config.cancel !== undefined && config.cancel.length > 0,
      debounce: config.debounce !== undefined,
      singleton: config.singleton !== undefined,
      priority: config.priority?.run !== undefined,
    };
    for (const [key, isSet] of Object.entries(excluded)) {
      if (isSet)
        context.addIssue({ code: "custom", path: ["batchEvents"], message: `cannot be used with ${key}` });
    }
  });

/** Where functions are served, or the name under which a worker brought them. */
function isAppUrl(value: string): boolean {
  return URL.canParse(value) && /^(?:http|ws)s?:$/.test(new URL(value).protocol);
}

const registrationKeys = {
  url: text.refine(isAppUrl, {
    error: 'must be the http(s) address of the SDK, such as "https://app.example/api/inngest"',
  }),
  deployType: optional(z.string()),
  framework: optional(z.string()),
  appName: name,
  functions: z.array(z.unknown(), { error: "must be a list" }),
  sdk: optional(z.string()).transform((value) => value ?? ""),
  v: optional(z.string()).transform((value) => value ?? ""),
  deployId: optional(z.string()),
  appVersion: optional(z.string()),
  capabilities: optional(z.record(z.string(), z.string())).catch(undefined),
};

/** The original reads the keys in any case, and the Python SDK writes `appname`. */
function spelled(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const names = new Map(Object.keys(registrationKeys).map((key) => [key.toLowerCase(), key]));
  const entries = Object.entries(body).map(([key, value]) => [names.get(key.toLowerCase()) ?? key, value]);
  return { ...Object.fromEntries(entries), ...body };
}

const registerRequest = z.preprocess(spelled, z.object(registrationKeys, { error: "must be an object" }));

/**
 * Body of `POST /fn/register` (PROTOCOL §2.1, §2.3; SERVER §2.1). Unknown keys are dropped, expressions are not
 * compiled. Throws `invalid_config` naming the function and the key, or `duplicate_function`.
 */
export function validateRegister(body: unknown): RegisterRequest {
  const parsed = registerRequest.safeParse(body);
  if (!parsed.success) throw refuse("the registration", parsed.error.issues[0]);
  const functions = validateFunctions(parsed.data.functions, parsed.data.appName);
  for (const config of functions) {
    if (Object.values(config.steps).some((one) => one.runtime.type === "inline")) {
      throw invalid(
        `function "${config.id}"`,
        'steps: an "inline" runtime cannot be registered from outside',
      );
    }
  }
  return { ...parsed.data, functions };
}

/** The functions of one app, also of one in this process. Errors as in {@link validateRegister}. */
export function validateFunctions(functions: readonly unknown[], appName: string): FunctionConfig[] {
  const ids = new Set<string>();
  return functions.map((value, index) => {
    const parsed = functionConfig.safeParse(value);
    if (!parsed.success) throw refuse(describe(value, index), parsed.error.issues[0]);
    const config = parsed.data;
    if (!config.id.startsWith(`${appName}-`) || config.id.length === appName.length + 1) {
      throw invalid(
        `function "${config.id}"`,
        `id: must begin with the app's name, as in "${appName}-my-function"`,
      );
    }
    if (ids.has(config.id)) {
      const problem = "is registered twice: give each function of the app an id of its own";
      throw new StepfastError("duplicate_function", `function "${config.id}" ${problem}`);
    }
    ids.add(config.id);
    return config;
  });
}

function describe(value: unknown, index: number): string {
  const id: unknown = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return typeof id === "string" && id !== "" ? `function "${id.slice(0, 300)}"` : `functions[${index}]`;
}

function refuse(subject: string, issue: z.core.$ZodIssue | undefined): StepfastError {
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
  const problem = issue?.message ?? "is not valid";
  return invalid(subject, path === "" ? problem : `${path.replace(/^\./, "")}: ${problem}`);
}

function invalid(subject: string, problem: string): StepfastError {
  const code: ErrorCode = "invalid_config";
  return new StepfastError(code, `${subject}: ${problem}`);
}
