import { describe, expect, it } from "vitest";
import { StepfastError } from "../src/error.ts";
import { limits } from "../src/limits.ts";
import { validateFunctions, validateRegister } from "../src/validators.ts";

const step = {
  id: "step",
  name: "step",
  runtime: { type: "http", url: "https://app.example/api/inngest?fnId=shop-pay&stepId=step" },
};

function functionWith(keys: Record<string, unknown> = {}): Record<string, unknown> {
  return { id: "shop-pay", name: "Pay", triggers: [{ event: "order/placed" }], steps: { step }, ...keys };
}

function registerWith(keys: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    url: "https://app.example/api/inngest",
    deployType: "ping",
    framework: "nextjs",
    appName: "shop",
    functions: [functionWith()],
    sdk: "js:v4.24.0",
    v: "0.1",
    ...keys,
  };
}

function errorOf(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (StepfastError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}

const pay = (keys: Record<string, unknown>) => errorOf(() => validateFunctions([functionWith(keys)], "shop"));

describe("a valid registration", () => {
  it("comes back without unknown keys", () => {
    const body = registerWith({ capabilities: { connect: "v1" }, deployId: "D1", appVersion: "1.2.3" });
    const extra = {
      ...body,
      featureObservations: { x: 1 },
      functions: [functionWith({ checkpoint: { batch_steps: 1 } })],
    };
    expect(validateRegister(extra)).toEqual(body);
  });

  it("may use every key", () => {
    const full = functionWith({
      triggers: [
        { event: "order/placed", expression: "event.data.total > 10" },
        { cron: "TZ=Europe/Rome 0 9 * * 1", jitter: "30s" },
      ],
      steps: { step: { ...step, retries: { attempts: 20 } } },
      idempotency: "event.data.id",
      rateLimit: { limit: 1, period: "24h", key: "event.data.id" },
      throttle: { limit: 1, period: "1m", burst: 0 },
      concurrency: [{ limit: 5, key: "event.data.userId", scope: "env" }, { limit: 1 }],
      debounce: { period: "1s", timeout: "1h30m" },
      priority: { run: "event.data.p" },
      timeouts: { start: "5m", finish: "30m" },
      singleton: { mode: "skip" },
      cancel: [
        { event: "order/void", if: "event.data.id == async.data.id", timeout: "2030-01-01T00:00:00Z" },
        { event: "x", timeout: "" },
      ],
    });
    expect(validateFunctions([full], "shop")).toEqual([full]);
    const batch = functionWith({
      batchEvents: { maxSize: 2, timeout: "5s", key: "event.data.id" },
      cancel: [],
      priority: {},
    });
    expect(validateFunctions([batch], "shop")).toEqual([batch]);
  });

  it("has one form of concurrency", () => {
    const forms = [5, { limit: 5 }, [{ limit: 5 }]];
    for (const concurrency of forms) {
      expect(validateFunctions([functionWith({ concurrency })], "shop")[0]?.concurrency).toEqual([
        { limit: 5 },
      ]);
    }
  });

  it("may set keys to null, as other SDKs do", () => {
    const nulls = {
      concurrency: null,
      rateLimit: null,
      cancel: null,
      triggers: null,
      idempotency: null,
      priority: null,
    };
    expect(validateFunctions([functionWith(nulls)], "shop")[0]).toEqual({
      id: "shop-pay",
      name: "Pay",
      triggers: [],
      steps: { step },
    });
  });

  it("may hold no functions", () => {
    expect(validateRegister(registerWith({ functions: [] })).functions).toEqual([]);
  });
});

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("a function that is not valid", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ id: "other-pay" }, "id:"],
    [{ id: "shop-" }, "id:"],
    [{ name: "" }, "name:"],
    [{ name: "x".repeat(256) }, "name:"],
    [{ triggers: many(limits.triggersPerFunction + 1, (i) => ({ event: `e${i}` })) }, "triggers:"],
    [{ triggers: [{ event: "a" }, { event: "a" }] }, "triggers:"],
    [{ triggers: [{ cron: "* * * * *" }, { cron: "* * * * *", jitter: "5s" }] }, "triggers:"],
    [{ triggers: [{}] }, "triggers[0]:"],
    [{ triggers: [{ event: "a", cron: "* * * * *" }] }, "triggers[0]:"],
    [{ triggers: [{ event: "x".repeat(256) }] }, "triggers[0].event:"],
    [{ triggers: [{ cron: "x".repeat(256) }] }, "triggers[0].cron:"],
    [{ triggers: [{ cron: "* * * * *", jitter: "6m" }] }, "triggers[0].jitter:"],
    [{ triggers: [{ cron: "* * * * *", catchUp: "twice" }] }, "triggers[0].catchUp:"],
    [{ triggers: "a" }, "triggers:"],
    [{ steps: {} }, "steps:"],
    [{ steps: { step: { ...step, retries: { attempts: 21 } } } }, "steps.step.retries.attempts:"],
    [{ steps: { step: { ...step, retries: { attempts: -1 } } } }, "steps.step.retries.attempts:"],
    [{ steps: { step: { ...step, retries: { attempts: 1.5 } } } }, "steps.step.retries.attempts:"],
    [{ steps: { step: { ...step, runtime: { type: "magic", url: "" } } } }, "steps.step.runtime.type:"],
    [{ concurrency: 0 }, "concurrency[0].limit:"],
    [{ concurrency: { limit: 1.5 } }, "concurrency[0].limit:"],
    [{ concurrency: { limit: 1, scope: "env" } }, "concurrency[0].key:"],
    [{ concurrency: { limit: 1, scope: "planet", key: "'a'" } }, "concurrency[0].scope:"],
    [{ concurrency: many(3, () => ({ limit: 1 })) }, "concurrency:"],
    [{ concurrency: "5" }, "concurrency[0]:"],
    [{ cancel: many(6, (i) => ({ event: `e${i}` })) }, "cancel:"],
    [{ cancel: [{ event: "x", timeout: "soon" }] }, "cancel[0].timeout:"],
    [{ cancel: [{}] }, "cancel[0].event:"],
    [{ rateLimit: { limit: 0, period: "1m" } }, "rateLimit.limit:"],
    [{ rateLimit: { limit: 1, period: "25h" } }, "rateLimit.period:"],
    [{ rateLimit: { limit: 1, period: "0s" } }, "rateLimit.period:"],
    [{ rateLimit: { limit: 1, period: "fortnight" } }, "rateLimit.period:"],
    [{ throttle: { limit: 1 } }, "throttle.period:"],
    [{ throttle: { limit: 1, period: "1m", burst: -1 } }, "throttle.burst:"],
    [{ debounce: { period: "8d" } }, "debounce.period:"],
    [{ debounce: { period: "10ms" } }, "debounce.period:"],
    [{ timeouts: { start: "never" } }, "timeouts.start:"],
    [{ singleton: { mode: "both" } }, "singleton.mode:"],
    [{ idempotency: "" }, "idempotency:"],
    [{ batchEvents: { maxSize: 1, timeout: "1s" } }, "batchEvents.maxSize:"],
    [{ batchEvents: { maxSize: 5, timeout: "500ms" } }, "batchEvents.timeout:"],
    [
      { batchEvents: { maxSize: 5, timeout: "1s" }, cancel: [{ event: "x" }] },
      "batchEvents: cannot be used with cancelOn",
    ],
    [
      { batchEvents: { maxSize: 5, timeout: "1s" }, debounce: { period: "1s" } },
      "batchEvents: cannot be used with debounce",
    ],
    [
      { batchEvents: { maxSize: 5, timeout: "1s" }, singleton: { mode: "skip" } },
      "batchEvents: cannot be used with singleton",
    ],
    [
      { batchEvents: { maxSize: 5, timeout: "1s" }, priority: { run: "1" } },
      "batchEvents: cannot be used with priority",
    ],
  ])("%j", (keys, start) => {
    const error = pay(keys);
    expect(error.code).toBe("invalid_config");
    expect(error.message.startsWith(`function "${keys.id ?? "shop-pay"}": ${start}`), error.message).toBe(
      true,
    );
  });

  it("is named by its place if it has no id", () => {
    expect(errorOf(() => validateFunctions([functionWith(), { name: "x" }], "shop")).message).toContain(
      "functions[1]: id:",
    );
    expect(errorOf(() => validateFunctions(["x"], "shop")).message).toContain(
      "functions[0]: must be an object",
    );
  });

  it("has the id of another", () => {
    expect(errorOf(() => validateFunctions([functionWith(), functionWith()], "shop")).code).toBe(
      "duplicate_function",
    );
  });

  it("is inline but comes from outside", () => {
    const steps = { step: { ...step, runtime: { type: "inline", url: "" } } };
    expect(validateFunctions([functionWith({ steps })], "shop")).toHaveLength(1);
    expect(errorOf(() => validateRegister(registerWith({ functions: [functionWith({ steps })] }))).code).toBe(
      "invalid_config",
    );
  });
});

it.each<[unknown, string]>([
  [null, "must be an object"],
  [[], "must be an object"],
  [registerWith({ url: "nowhere" }), "url:"],
  [registerWith({ url: "file:///etc/passwd" }), "url:"],
  [registerWith({ appName: "" }), "appName:"],
  [registerWith({ appName: undefined }), "appName:"],
  [registerWith({ functions: {} }), "functions:"],
])("registration %# is refused", (body, start) => {
  const error = errorOf(() => validateRegister(body));
  expect(error.code).toBe("invalid_config");
  expect(error.message).toContain(`the registration: ${start}`);
});

it("keys that pollute prototypes do nothing", () => {
  const body = JSON.parse(
    JSON.stringify(registerWith()).replace(
      '"steps":{',
      '"__proto__":{"polluted":1},"steps":{"__proto__":{},',
    ),
  );
  errorOf(() => validateRegister(body));
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
