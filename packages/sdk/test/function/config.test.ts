import { INLINE } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { createDefer } from "../../src/experimental.ts";
import { functionConfigs } from "../../src/function/wire-config.ts";
import { cron, eventType, invoke, staticSchema } from "../../src/index.ts";
import { newClient } from "../inline/fake-host.ts";

const client = newClient({ id: "shop" });
const http = { appId: "shop", url: "https://app.example/api/inngest", type: "http" as const };

describe("a function's configuration on the wire", () => {
  it("is as PROTOCOL §2.3 shows it", () => {
    const fn = client.createFunction(
      {
        id: "pay",
        name: "Pay",
        description: "kept here",
        retries: 2,
        concurrency: [{ limit: 5, key: "event.data.userId", scope: "fn" }],
        cancelOn: [{ event: "order/void", match: "data.id", timeout: "1h" }],
        throttle: { limit: 1, period: "1m", burst: 2 },
        timeouts: { start: "5m", finish: "30m" },
        idempotency: "event.data.id",
        checkpointing: false,
      },
      { event: "order/placed", if: "event.data.total > 10" },
      () => {},
    );
    expect(functionConfigs(fn, http)).toEqual([
      {
        id: "shop-pay",
        name: "Pay",
        triggers: [{ event: "order/placed", expression: "event.data.total > 10" }],
        steps: {
          step: {
            id: "step",
            name: "step",
            runtime: { type: "http", url: "https://app.example/api/inngest?fnId=shop-pay&stepId=step" },
            retries: { attempts: 2 },
          },
        },
        concurrency: [{ limit: 5, key: "event.data.userId", scope: "fn" }],
        cancel: [{ event: "order/void", if: "event.data.id == async.data.id", timeout: "1h" }],
        throttle: { limit: 1, period: "1m", burst: 2 },
        timeouts: { start: "5m", finish: "30m" },
        idempotency: "event.data.id",
      },
    ]);
  });

  it("says nothing of what the user did not say", () => {
    const fn = client.createFunction({ id: "a" }, { event: "a/b" }, () => {});
    expect(functionConfigs(fn, http)).toEqual([
      {
        id: "shop-a",
        name: "a",
        triggers: [{ event: "a/b" }],
        steps: {
          step: {
            id: "step",
            name: "step",
            runtime: { type: "http", url: `${http.url}?fnId=shop-a&stepId=step` },
          },
        },
      },
    ]);
  });

  it("takes triggers of every kind in both forms, and leaves invocations out", () => {
    const paid = eventType("order/paid", { schema: staticSchema<{ id: string }>() });
    const triggers = [
      paid,
      { event: paid, if: "event.data.id == '1'" },
      cron("0 9 * * 1"),
      { cron: "* * * * *", jitter: "30s", catchUp: "all" },
      invoke(staticSchema<object>()),
    ] as const;
    const expected = [
      { event: "order/paid" },
      { event: "order/paid", expression: "event.data.id == '1'" },
      { cron: "0 9 * * 1" },
      { cron: "* * * * *", jitter: "30s", catchUp: "all" },
    ];
    const v4 = client.createFunction({ id: "v4", triggers }, () => {});
    const v3 = client.createFunction({ id: "v3" }, triggers, () => {});
    expect(functionConfigs(v4, http)[0]?.triggers).toEqual(expected);
    expect(functionConfigs(v3, http)[0]?.triggers).toEqual(expected);
    expect(
      functionConfigs(
        client.createFunction({ id: "none" }, () => {}),
        http,
      )[0]?.triggers,
    ).toEqual([]);
  });

  it("adds the failure handler as a function of its own", () => {
    const fn = client.createFunction(
      { id: "pay", name: "Pay", onFailure: () => {} },
      { event: "a" },
      () => {},
    );
    expect(functionConfigs(fn, http)[1]).toEqual({
      id: "shop-pay-failure",
      name: "Pay (failure)",
      triggers: [{ event: "inngest/function.failed", expression: "event.data.function_id == 'shop-pay'" }],
      steps: {
        step: {
          id: "step",
          name: "step",
          runtime: { type: "http", url: `${http.url}?fnId=shop-pay-failure&stepId=step` },
          retries: { attempts: 1 },
        },
      },
    });
  });

  it("starts a deferred function by its own event only", () => {
    const fn = createDefer(client, { id: "refund" }, () => {});
    expect(functionConfigs(fn, http)[0]?.triggers).toEqual([
      { event: "inngest/deferred.schedule", expression: "event.data._inngest.fn_slug == 'shop-refund'" },
    ]);
    expect(client.funcs).toContain(fn);
  });

  it("is inline for an engine in the same process, and keeps a serve URL's query", () => {
    const fn = client.createFunction({ id: "a" }, { event: "a" }, () => {});
    expect(fn[INLINE].configs("shop")[0]?.steps.step?.runtime.type).toBe("inline");
    const url = functionConfigs(fn, { ...http, url: `${http.url}?deployId=D1` })[0]?.steps.step?.runtime.url;
    expect(url).toBe(`${http.url}?deployId=D1&fnId=shop-a&stepId=step`);
  });

  it("writes compound timeouts of cancelOn in full", () => {
    const fn = client.createFunction(
      {
        id: "c",
        cancelOn: [
          { event: "x", timeout: "1h30m" },
          { event: "y", timeout: new Date(0) },
          { event: eventType("z"), if: "true" },
        ],
      },
      { event: "a" },
      () => {},
    );
    expect(functionConfigs(fn, http)[0]?.cancel).toEqual([
      { event: "x", timeout: "1h30m" },
      { event: "y", timeout: "1970-01-01T00:00:00.000Z" },
      { event: "z", if: "true" },
    ]);
  });
});

describe("a configuration that cannot work", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ event: `e${i}` }));

  it.each([
    ["no id", {}, "needs an id"],
    ["an empty id", { id: " " }, "needs an id"],
    ["negative retries", { id: "f", retries: -1 }, "retries"],
    ["broken retries", { id: "f", retries: 1.5 }, "retries"],
    ["many retries", { id: "f", retries: 21 }, "retries"],
    ["many triggers", { id: "f", triggers: many(11) }, "10 triggers"],
    ["a wrong trigger", { id: "f", triggers: { evnet: "x" } }, "a trigger is"],
    ["many cancelOn", { id: "f", cancelOn: many(6) }, "5 cancelOn"],
    [
      "many concurrency rules",
      { id: "f", concurrency: [{ limit: 1 }, { limit: 2 }, { limit: 3 }] },
      "2 concurrency",
    ],
    ["a scope without a key", { id: "f", concurrency: { limit: 1, scope: "env" } }, "needs a key"],
    ["a wrong period", { id: "f", throttle: { limit: 1, period: "soon" } }, "throttle.period"],
    ["a wrong timeout", { id: "f", timeouts: { finish: "later" } }, "timeouts.finish"],
    ["a wrong rule timeout", { id: "f", cancelOn: [{ event: "x", timeout: "later" }] }, "cancelOn.timeout"],
    [
      "a wrong checkpointing time",
      { id: "f", checkpointing: { maxRuntime: "long" } },
      "checkpointing.maxRuntime",
    ],
  ])("%s", (_, config, message) => {
    expect(() => client.createFunction(config as never, () => {})).toThrow(
      expect.objectContaining({ code: "invalid_config", message: expect.stringContaining(message) }),
    );
  });

  it("has no handler", () => {
    expect(() => client.createFunction({ id: "f" } as never, { event: "a" } as never)).toThrow(
      "has no handler",
    );
  });

  it("is a deferred id that would break its expression", () => {
    expect(() => createDefer(client, { id: "it's" }, () => {})).toThrow("an id holds no");
  });

  it("may hold keys that nobody knows", () => {
    const fn = client.createFunction({ id: "f", future: true } as never, { event: "a" }, () => {});
    expect(fn.id()).toBe("f");
  });
});
