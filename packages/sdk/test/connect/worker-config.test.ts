import { hashedSigningKey } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { Inngest } from "../../src/client/client.ts";
import { reconnectDelayMs } from "../../src/connect/connect-failure.ts";
import { connect } from "../../src/connect/connection.ts";
import type { ConnectHandlerOptions } from "../../src/connect/options.ts";
import { isIsolated, sessionConfig, workerApps } from "../../src/connect/worker-config.ts";

const key = `signkey-prod-${"0a".repeat(16)}`;

function client(id: string, options: object = {}, env: Record<string, string> = {}) {
  return new Inngest({ id, isDev: true, ...options }).setEnvVars(env);
}

async function configOf(options: ConnectHandlerOptions) {
  const apps = workerApps(options);
  const [first] = options.apps;
  if (!first) throw new Error("no app");
  return sessionConfig(apps, first.client, options);
}

describe("what a worker is connected with", () => {
  it("is its apps, their functions over the connection, and the keys", async () => {
    const shop = client("shop", { appVersion: "7", signingKey: key, env: "stage" });
    const bank = client("bank", { env: "stage" });
    shop.createFunction({ id: "pay", triggers: { event: "pay" }, onFailure: () => {} }, () => 1);
    const refund = bank.createFunction({ id: "refund", triggers: { event: "refund" } }, () => 2);
    bank.createFunction({ id: "unused", triggers: { event: "x" } }, () => 3);
    const apps = [{ client: shop }, { client: bank, functions: [refund] }];
    const config = await configOf({
      apps,
      instanceId: "mill",
      maxWorkerConcurrency: 3,
      gatewayUrl: "ws://g",
    });
    expect(config).toMatchObject({
      instanceId: "mill",
      maxWorkerConcurrency: 3,
      gatewayUrl: "ws://g",
      env: "stage",
      keys: [await hashedSigningKey(key)],
      capabilities: '{"trust_probe":"v1","connect":"v1"}',
    });
    const functions = config.apps.map(({ appName, appVersion, functions: text }) => ({
      appName,
      appVersion,
      functions: JSON.parse(text).map((fn: { id: string; steps: { step: { runtime: object } } }) => [
        fn.id,
        fn.steps.step.runtime,
      ]),
    }));
    const at = (slug: string) => ({ type: "ws", url: `wss://connect/?fnId=${slug}&stepId=step` });
    expect(functions).toEqual([
      {
        appName: "shop",
        appVersion: "7",
        functions: [
          ["shop-pay", at("shop-pay")],
          ["shop-pay-failure", at("shop-pay-failure")],
        ],
      },
      { appName: "bank", appVersion: undefined, functions: [["bank-refund", at("bank-refund")]] },
    ]);
  });

  it("may come from the environment, which options win over", async () => {
    const env = {
      INNGEST_CONNECT_MAX_WORKER_CONCURRENCY: "5",
      INNGEST_CONNECT_GATEWAY_URL: "ws://from-env",
      INNGEST_CONNECT_ISOLATE_EXECUTION: "false",
    };
    const shop = client("shop", {}, env);
    expect(await configOf({ apps: [{ client: shop }] })).toMatchObject({
      maxWorkerConcurrency: 5,
      gatewayUrl: "ws://from-env",
    });
    expect(isIsolated(shop, undefined)).toBe(false);
    const over = { maxWorkerConcurrency: 1, gatewayUrl: "ws://from-option" };
    expect(await configOf({ apps: [{ client: shop }], ...over })).toMatchObject(over);
    expect(isIsolated(shop, true)).toBe(true);
    expect(isIsolated(client("plain"), undefined)).toBe(true);
  });

  it.each([
    ["no app", () => ({ apps: [] })],
    ["no list of apps", () => ({ apps: undefined as never })],
    ["no client", () => ({ apps: [{ client: undefined as never }] })],
    ["an app twice", () => ({ apps: [{ client: client("a") }, { client: client("a") }] })],
    [
      "two environments",
      () => ({ apps: [{ client: client("a", { env: "x" }) }, { client: client("b", { env: "y" }) }] }),
    ],
    ["production without a key", () => ({ apps: [{ client: client("a", { isDev: false }) }] })],
    [
      "a branch's key without its branch",
      () => ({
        apps: [{ client: client("a", { isDev: false, signingKey: `signkey-branch-${"0a".repeat(8)}` }) }],
      }),
    ],
    ["half a request at once", () => ({ apps: [{ client: client("a") }], maxWorkerConcurrency: 0.5 })],
  ])("cannot be %s", async (_what, options) => {
    await expect(connect(options())).rejects.toMatchObject({ code: "invalid_config" });
  });

  it("cannot be two functions with one id", async () => {
    const shop = client("shop");
    for (const event of ["a", "b"]) shop.createFunction({ id: "same", triggers: { event } }, () => 1);
    await expect(connect({ apps: [{ client: shop }] })).rejects.toMatchObject({ code: "duplicate_function" });
  });
});

describe("the time between attempts to connect", () => {
  it("grows up to five minutes, and is short where the gateway is being replaced", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((attempt) => reconnectDelayMs("other", attempt, 0.5));
    expect(delays.map((ms) => ms / 1_000)).toEqual([1, 2, 5, 10, 20, 30, 60, 120, 300, 300]);
    expect([0, 0.5, 0.999].map((chance) => reconnectDelayMs("closing", 9, chance))).toEqual([
      500, 1_000, 1_499,
    ]);
  });
});
