import { ATTACH, INLINE, type IncomingEvent } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { referenceFunction } from "../../src/index.ts";
import { FakeHost, inlineCall, newClient, start } from "./fake-host.ts";

const trigger = { event: "test/happened" };

function attached(options: Parameters<typeof newClient>[0] = {}) {
  const client = newClient(options);
  const sent: { events: IncomingEvent[]; seed: string | undefined }[] = [];
  let failures = 0;
  client[ATTACH]({
    send: async (events, seed) => {
      sent.push({ events, seed });
      if (failures-- > 0) throw new Error("full");
      return { ids: events.map((_, i) => `id-${i}`) };
    },
    sendSignal: async (signal, data) => ({ runId: `${signal}:${JSON.stringify(data)}` }),
  });
  const failNext = () => {
    failures = 1;
  };
  return { client, sent, failNext };
}

describe("sending from a function", () => {
  it("is a step that remembers the ids", async () => {
    const { client, sent } = attached();
    const fn = client.createFunction({ id: "f" }, trigger, ({ step }) =>
      step.sendEvent("tell", [{ name: "a" }, { name: "b" }]),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ output: { ids: ["id-0", "id-1"] } });
    expect(host.ops).toMatchObject([
      {
        op: "StepRun",
        name: "sendEvent",
        displayName: "tell",
        opts: { type: "step.sendEvent" },
        data: { ids: ["id-0", "id-1"] },
      },
    ]);
    expect(sent[0]?.events.map((event) => event.name)).toEqual(["a", "b"]);
  });

  it("has the same seed on every attempt of a step and another in every other step", async () => {
    const { client, sent, failNext } = attached();
    const fn = client.createFunction({ id: "f" }, trigger, async ({ step }) => {
      await step.sendEvent("one", { name: "a" });
      await step.sendEvent("two", { name: "b" });
    });
    failNext();
    await start(fn).session.answer;
    await start(fn).session.answer;
    const seeds = sent.map(({ seed }) => seed);
    expect(seeds).toHaveLength(3);
    expect(seeds[0]).toBe(seeds[1]);
    expect(seeds[2]).not.toBe(seeds[0]);
    expect(seeds[0]).toMatch(/^1469922850259,[\w+/]{14}==$/);
  });

  it.each([
    ["carries the run's sessions", {}, {}, { propagated_sessions: { cart: "9" } }],
    ["does not where an option says so", { sessionPropagation: false }, {}, {}],
    ["does not where a variable says so", {}, { INNGEST_SESSION_PROPAGATION: "false" }, {}],
  ])("%s", async (_what, options, env, carried) => {
    const { client, sent } = attached(options);
    client.setEnvVars(env);
    const fn = client.createFunction({ id: "f" }, trigger, ({ step, sessions }) => {
      expect(sessions).toEqual({ cart: "9" });
      return step.sendEvent("tell", { name: "a", meta: { sessions: { own: "1" } } });
    });
    const call = inlineCall();
    call.events = [{ ...call.event, meta: { sessions: { cart: "9", ended: null } } }];
    await fn[INLINE].call("app-f", call, new FakeHost()).answer;
    expect(sent[0]?.events[0]?.meta).toEqual({ sessions: { own: "1" }, ...carried });
  });

  it("wakes other runs by signals", async () => {
    const { client } = attached();
    const fn = client.createFunction({ id: "f" }, trigger, ({ step }) =>
      step.sendSignal("wake", { signal: "s", data: { n: 1 } }),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ output: { runId: 's:{"n":1}' } });
    expect(host.ops).toMatchObject([{ name: "sendSignal", opts: { type: "step.sendSignal" } }]);
  });

  it("invokes functions and references, and nothing else", async () => {
    const { client } = attached();
    const invoked = async (target: unknown) => {
      const fn = client.createFunction({ id: "f" }, trigger, ({ step }) =>
        step.invoke("call", { function: target as never }),
      );
      return start(fn).session.answer;
    };
    const other = newClient({ id: "elsewhere" }).createFunction({ id: "o" }, trigger, () => 1);
    const opts = (function_id: string) => ({
      ops: [{ op: "InvokeFunction", opts: { function_id, timeout: "52w1d" } }],
    });
    expect(await invoked(other)).toMatchObject(opts("elsewhere-o"));
    expect(await invoked(referenceFunction({ functionId: "x" }))).toMatchObject(opts("app-x"));
    expect(await invoked(referenceFunction({ functionId: "x", appId: "y" }))).toMatchObject(opts("y-x"));
    const refused = await invoked("app-x");
    expect(refused.kind === "error" && refused.error.message).toContain("Invalid invocation options");
  });
});
