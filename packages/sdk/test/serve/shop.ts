import { Inngest } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { NonRetriableError } from "../../src/errors/non-retriable-error.ts";
import { RetryAfterError } from "../../src/errors/retry-after-error.ts";
import type { ServedFunction } from "../../src/serve/contract.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** sha1 of the step ids used here. */
export const stepIds = {
  a: "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
  b: "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98",
};

export interface Shop {
  client: Inngest;
  functions: ServedFunction[];
  /** Which bodies ran, in order. */
  log: string[];
}

/** An app with a function for each kind of answer. */
export function shop(options: Partial<ClientOptions> = {}): Shop {
  const client = new Inngest({ id: "shop", isDev: true, logger: silent, ...options });
  const log: string[] = [];
  const triggers = [{ event: "shop/ordered" }];
  const functions: ServedFunction[] = [
    client.createFunction({ id: "done", triggers }, async ({ event }) => ({ order: event.data.id })),
    client.createFunction({ id: "nothing", triggers }, async () => undefined),
    client.createFunction({ id: "cyclic", triggers }, async () => {
      const loop: Record<string, unknown> = {};
      loop.self = loop;
      return loop;
    }),
    client.createFunction({ id: "two-steps", retries: 2, triggers }, async ({ step }) => {
      const a = await step.run("a", () => {
        log.push("a");
        return { n: 1 };
      });
      const b = await step.run("b", () => {
        log.push("b");
        return a.n + 1;
      });
      return b;
    }),
    client.createFunction({ id: "parallel", triggers }, async ({ step }) =>
      Promise.all([step.run("a", () => 1), step.run("b", () => 2)]),
    ),
    client.createFunction({ id: "sleeper", triggers }, async ({ step }) => step.sleep("a", "1d")),
    client.createFunction({ id: "step-throws", triggers }, async ({ step }) =>
      step.run("a", () => {
        throw new Error("no luck");
      }),
    ),
    client.createFunction({ id: "step-fails", triggers }, async ({ step }) =>
      step.run("a", () => {
        throw new NonRetriableError("never");
      }),
    ),
    client.createFunction({ id: "step-later", triggers }, async ({ step }) =>
      step.run("a", () => {
        throw new RetryAfterError("busy", "30s");
      }),
    ),
    client.createFunction({ id: "throws", triggers }, async () => {
      throw new TypeError("broken");
    }),
    client.createFunction({ id: "fails", triggers }, async () => {
      throw new NonRetriableError("never");
    }),
    client.createFunction({ id: "later", triggers }, async () => {
      throw new RetryAfterError("busy", new Date("2031-01-01T00:00:00Z"));
    }),
    client.createFunction(
      { id: "guarded", triggers, onFailure: async ({ error }) => ({ saw: error.message }) },
      async () => "fine",
    ),
  ];
  return { client, functions, log };
}

const event = { name: "shop/ordered", data: { id: 7 }, user: {}, id: "01JEVENT", ts: 1_700_000_000_000 };

/** A call's body as a server sends it. */
export function callBody(
  ctx: Record<string, unknown> = {},
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    event,
    events: [event],
    steps: {},
    ctx: {
      run_id: "01JRUN",
      env: "dev",
      attempt: 0,
      max_attempts: 4,
      stack: { stack: [], current: 0 },
      disable_immediate_execution: false,
      use_api: false,
      ...ctx,
    },
    version: -1,
    ...fields,
  };
}
