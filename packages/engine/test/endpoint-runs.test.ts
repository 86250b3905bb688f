import { type CallAnswer, COMPLETE_OP_ID, hashStepId, type Json, limits, type Op } from "@stepfast/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { Engine } from "../src/engine.ts";
import { settle } from "./fake-clock.ts";
import { complete, memo, ops, planned, RemoteApp, ran, type Script, sleep } from "./remote-app.ts";

const functionId = "https://app.example-POST /pay";
const runId = "01J00000000000000000000000";
const event = {
  name: "inngest/http.request",
  data: {
    domain: "https://app.example",
    path: "/pay",
    method: "POST",
    query_params: "x=1",
    body: '{"n":1}',
    content_type: "application/json",
    fn: "",
  },
};

const done = (data: Json): Op => ({ id: COMPLETE_OP_ID, op: "RunComplete", data });
const engines: Engine[] = [];

afterEach(() => {
  for (const engine of engines.splice(0)) engine.crash();
});

async function started(script: Script = () => complete("called"), isShared = false): Promise<RemoteApp> {
  const app = new RemoteApp({ leaseMs: 3_600_000, isShared });
  engines.push(app.engine);
  app.scripts.set(functionId, script);
  await app.engine.start();
  return app;
}

const begin = (engine: Engine, first: Op[] = [], retries = 3) =>
  engine.startEndpointRun({ runId, event, retries, ops: first });
const tell = (engine: Engine, ...told: Op[]) => engine.reportEndpointRun({ runId, ops: told });

describe("a run of a durable endpoint", () => {
  it("is told of by its app, from the first step to the end, and nobody calls it", async () => {
    const app = await started();
    expect(await begin(app.engine, [ran("a", 1)])).toEqual({ functionId, appId: "https://app.example" });
    await tell(app.engine, ran("b", 2));
    await tell(app.engine, done({ status: 200 }));
    await settle();
    const run = await app.onlyRun(functionId);
    expect(run).toMatchObject({ id: runId, status: "completed", output: '{"status":200}' });
    const loaded = await app.store.loadRun(runId);
    expect(loaded?.steps.map(({ name, output }) => [name, output])).toEqual([
      ["a", '{"data":1}'],
      ["b", '{"data":2}'],
    ]);
    expect(app.calls).toEqual([]);
  });

  it("goes on by calls once it waits: with the request that began it, and what is recorded", async () => {
    const app = await started((request) =>
      memo(request, "nap") === undefined
        ? ops(sleep("nap", "1m"))
        : complete((memo(request, "a") ?? null) as Json),
    );
    await begin(app.engine, [ran("a", 7)]);
    await tell(app.engine, sleep("nap", "1m"));
    await app.clock.advance(60_000);
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "completed" });
    expect(new Set(app.calls.map(({ stepId }) => stepId))).toEqual(new Set(["step"]));
    expect(app.calls[0]).toMatchObject({
      functionId,
      url: "https://app.example/pay?x=1",
      endpoint: { method: "POST", body: '{"n":1}', contentType: "application/json" },
    });
    expect(app.calls[0]?.request.ctx.max_attempts).toBe(4);
  });

  it("has the retries that its app said, of a step and of the handler", async () => {
    const failing: CallAnswer = { kind: "error", error: { name: "E", message: "no" }, noRetry: false };
    const app = await started(() => failing);
    await begin(app.engine, [], 2);
    await tell(app.engine, { id: COMPLETE_OP_ID, op: "StepError", error: { name: "E", message: "no" } });
    await app.clock.advance(3_600_000);
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "failed" });
    expect(app.calls).toHaveLength(2);
  });

  it("asked for twice is one run; what was told twice counts once", async () => {
    const app = await started(() => new Promise(() => {}));
    await begin(app.engine, [ran("a", 1)]);
    await begin(app.engine, [ran("a", 1)]);
    await tell(app.engine, planned("b"), planned("c"));
    await settle();
    // The answer was lost: it is told again, by an app that has left the run already.
    await tell(app.engine, planned("b"), planned("c"));
    await expect(tell(app.engine, ran("d", 1))).rejects.toMatchObject({ code: "stale_dispatch" });
    await expect(tell(app.engine, planned("e"))).rejects.toMatchObject({ code: "stale_dispatch" });
    expect((await app.store.loadRun(runId))?.steps.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("ends once: its end may be told again, another one not", async () => {
    const app = await started();
    await begin(app.engine, [done("one")]);
    await begin(app.engine, [done("one")]);
    for (const late of [ran("late", 1), done("two")])
      await expect(tell(app.engine, late)).rejects.toMatchObject({ code: "stale_dispatch" });
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "completed", output: '"one"' });
  });

  it("that nothing is heard of for five minutes is called, and whoever began it may tell no more", async () => {
    const app = await started(() => complete("called"));
    await begin(app.engine, [ran("a", 1)]);
    await app.clock.advance(limits.endpointSilenceMs - 1);
    await tell(app.engine, ran("b", 2));
    await app.clock.advance(limits.endpointSilenceMs - 1);
    expect(app.calls).toEqual([]);
    await app.clock.advance(1);
    expect(app.calls).toHaveLength(1);
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "completed", output: '"called"' });
    await expect(tell(app.engine, ran("c", 3))).rejects.toMatchObject({ code: "stale_dispatch" });
  });

  it("came to an end of its own meanwhile: what its first request comes to, step or answer, was not taken", async () => {
    const app = await started((request) =>
      memo(request, "a") === undefined ? ops(ran("a", 2)) : complete("called"),
    );
    await begin(app.engine);
    await app.clock.advance(limits.endpointSilenceMs);
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "completed", output: '"called"' });
    for (const told of [[done("mine")], [ran("a", 1), done("called")]])
      await expect(tell(app.engine, ...told)).rejects.toMatchObject({ code: "stale_dispatch" });
    await tell(app.engine, ran("a", 2), done("called"));
  });

  it("is told to stop when it was cancelled; what it did by then is recorded", async () => {
    const app = await started();
    await begin(app.engine, [ran("a", 1)]);
    await app.engine.cancelRun({ runId });
    await expect(tell(app.engine, ran("b", 2))).rejects.toMatchObject({ code: "stale_dispatch" });
    await settle();
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "cancelled" });
    const loaded = await app.store.loadRun(runId);
    expect(loaded?.steps.map(({ stepId }) => stepId)).toEqual([hashStepId("a"), hashStepId("b")]);
    expect(app.calls).toEqual([]);
  });

  it("of a node that died goes on with another one, which knows it from its event alone", async () => {
    const app = await started((request) => complete((memo(request, "a") ?? null) as Json), true);
    await begin(app.engine, [ran("a", 1)]);
    app.engine.crash();
    const other = app.takeOver();
    engines.push(other);
    await other.start();
    await app.clock.advance(3_600_001);
    expect(app.calls).toHaveLength(1);
    expect(await app.onlyRun(functionId)).toMatchObject({ status: "completed", epoch: 2 });
    await expect(tell(other, ran("b", 2))).rejects.toMatchObject({ code: "stale_dispatch" });
  });

  it("begins other functions as an event does, and is announced as any run's end", async () => {
    const app = await started();
    const steps = {
      id: "app-heard",
      triggers: [{ event: "inngest/http.request" }],
      script: () => complete(1),
    };
    await app.register([steps]);
    await begin(app.engine, [done("x")]);
    await settle();
    expect(await app.onlyRun("app-heard")).toMatchObject({ status: "completed" });
  });
});

describe("a secret of the installation", () => {
  it("is the same for every node, after a restart too, and another one for another name", async () => {
    const app = await started(undefined, true);
    const other = app.takeOver();
    const [one, two] = await Promise.all([app.engine.secret("tokens"), other.secret("tokens")]);
    expect(one).toBe(two);
    expect(one.length).toBeGreaterThanOrEqual(43);
    await app.clock.advance(25 * 3_600_000);
    expect(await app.takeOver().secret("tokens")).toBe(one);
    expect(await app.engine.secret("others")).not.toBe(one);
  });
});
