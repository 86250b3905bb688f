import { type CallAnswer, type FunctionConfig, hashStepId, type Op } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import type { OffloadedRequest } from "../src/ports/gateway.ts";
import { settle } from "./fake-clock.ts";
import { complete, ops, planned, RemoteApp, type RemoteAppOptions, ran } from "./remote-app.ts";

type Outcome = Exclude<CallAnswer, { kind: "ops" }>;

const asks = (id: string, op: "AIGateway" | "Gateway" = "Gateway"): Op => ({
  id: hashStepId(id),
  op,
  displayName: id,
  opts: { url: `https://example.test/${id}` },
});
const answer = (output: Op["data"]): Outcome => ({ kind: "complete", output: output ?? null });
const failure = (noRetry = false): Outcome => ({
  kind: "error",
  error: { name: "Error", message: "no" },
  noRetry,
});

/** An app whose function asks for these steps, and a gateway that answers as told. */
async function stage(
  steps: Op[],
  perform: (request: OffloadedRequest) => Outcome | Promise<Outcome>,
  { sizes, ...config }: Pick<FunctionConfig, "concurrency"> & Pick<RemoteAppOptions, "sizes"> = {},
) {
  const requests: OffloadedRequest[] = [];
  const gateway = {
    perform: async (request: OffloadedRequest) => {
      requests.push(request);
      return perform(request);
    },
  };
  const app = new RemoteApp({ gateway, ...(sizes && { sizes }) });
  await app.register([
    {
      ...config,
      id: "app-ask",
      retries: 2,
      triggers: [{ event: "go" }],
      script: (request, { stepId }) => {
        const target = steps.find((step) => step.id === stepId);
        if (target) return ops(ran(target.displayName ?? "", "ran"));
        const left = steps.filter((step) => request.steps[step.id] === undefined);
        if (left.length > 0) return ops(...left);
        return complete(steps.map((step) => request.steps[step.id]) as never);
      },
    },
  ]);
  return { app, requests };
}

describe("a request that a step leaves to the server", () => {
  it.each(["AIGateway", "Gateway"] as const)("%s: is made once, and its answer recorded", async (op) => {
    const { app, requests } = await stage([asks("a", op)], () => answer({ n: 1 }));
    await app.send("go");
    const run = await app.onlyRun("app-ask");
    expect(run).toMatchObject({ status: "completed", output: '[{"data":{"n":1}}]' });
    expect(requests).toEqual([{ op, opts: { url: "https://example.test/a" }, attempt: 0 }]);
    expect(app.calls.map((call) => call.stepId)).toEqual(["step", "step"]);
  });

  it("is tried again after a pause, and its last failure is the step's", async () => {
    const { app, requests } = await stage([asks("a")], () => failure());
    await app.send("go");
    expect(requests).toHaveLength(1);
    await app.clock.advance(15_000);
    expect(requests.map((request) => request.attempt)).toEqual([0, 1]);
    await app.clock.advance(30_000);
    const run = await app.onlyRun("app-ask");
    expect(JSON.parse(run.output ?? "")).toEqual([{ error: { name: "Error", message: "no" } }]);
    expect(await app.store.listAttempts(run.id)).toHaveLength(3);
    // While it is tried again the function is not called.
    expect(app.calls).toHaveLength(2);
  });

  it("is not tried again where that is pointless", async () => {
    const { app, requests } = await stage([asks("a")], () => failure(true));
    await app.send("go");
    expect(requests).toHaveLength(1);
    expect(JSON.parse((await app.onlyRun("app-ask")).output ?? "")).toMatchObject([
      { error: { message: "no" } },
    ]);
  });

  it("runs beside other steps, and the function is called when all are done", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { app, requests } = await stage([asks("a"), planned("b"), asks("c")], async () => {
      await gate;
      return answer(1);
    });
    await app.send("go");
    expect(requests).toHaveLength(2);
    expect(app.calls.map((call) => call.stepId)).toEqual(["step", hashStepId("b")]);
    open();
    await settle();
    expect((await app.onlyRun("app-ask")).output).toBe('[{"data":1},{"data":"ran"},{"data":1}]');
    expect(app.calls).toHaveLength(3);
  });

  it("is made again by the next node if its node dies in the middle", async () => {
    const { app, requests } = await stage([asks("a")], () =>
      requests.length === 1 ? new Promise<Outcome>(() => {}) : answer("second"),
    );
    await app.send("go");
    app.engine.crash();
    const other = app.takeOver();
    await other.start();
    await app.clock.advance(30_000);
    expect(requests).toHaveLength(2);
    expect((await app.onlyRun("app-ask")).output).toBe('[{"data":"second"}]');
  });

  it("is waited for by a node that closes, which then calls nobody", async () => {
    let open = (_: Outcome) => {};
    const { app } = await stage([asks("a")], () => new Promise<Outcome>((resolve) => (open = resolve)));
    await app.send("go");
    const closed = app.engine.close();
    await settle();
    open(answer("late"));
    await closed;
    const { id } = await app.onlyRun("app-ask");
    expect((await app.store.loadRun(id))?.steps[0]).toMatchObject({ status: "completed" });
    expect(app.calls).toHaveLength(1);
    await app.takeOver().start();
    await app.clock.advance(1_000);
    expect((await app.onlyRun("app-ask")).output).toBe('[{"data":"late"}]');
  });

  it("completes before a cancelled run ends", async () => {
    let open = (_: Outcome) => {};
    const { app } = await stage([asks("a")], () => new Promise<Outcome>((resolve) => (open = resolve)));
    await app.send("go");
    const { id } = await app.onlyRun("app-ask");
    const cancelled = app.engine.cancelRun({ runId: id });
    await settle();
    open(answer("done"));
    await cancelled;
    await settle();
    expect((await app.onlyRun("app-ask")).status).toBe("cancelled");
    expect((await app.store.loadRun(id))?.steps[0]).toMatchObject({ output: '{"data":"done"}' });
  });

  it("fails the step if the answer is over the limit of a step", async () => {
    const { app } = await stage([asks("a")], () => answer("x".repeat(1_000)), {
      sizes: { stepOutputBytes: 1_000 },
    });
    await app.send("go");
    const [value] = JSON.parse((await app.onlyRun("app-ask")).output ?? "[]");
    expect(value.error.code).toBe("output_too_large");
  });
});

/** A gateway that answers when it is told to. */
function slowGateway() {
  const open: (() => void)[] = [];
  const perform = () => new Promise<Outcome>((resolve) => open.push(() => resolve(answer(1))));
  const answerAll = async () => {
    for (const resolve of open.splice(0)) resolve();
    await settle();
  };
  return { open, perform, answerAll };
}

describe("a request of a function with limits", () => {
  it("takes a place, as a call does", async () => {
    const { open, perform, answerAll } = slowGateway();
    const { app, requests } = await stage([asks("a"), asks("b")], perform, { concurrency: 1 });
    await app.send("go");
    await app.send("go");
    for (let made = 1; made <= 4; made++) {
      expect(requests).toHaveLength(made);
      expect(open).toHaveLength(1);
      await answerAll();
      await app.clock.advance(100);
    }
    expect(await app.runs("app-ask")).toMatchObject([{ status: "completed" }, { status: "completed" }]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("takes places beside each other where there are several", async () => {
    const { open, perform, answerAll } = slowGateway();
    const { app } = await stage([asks("a"), asks("b"), asks("c")], perform, { concurrency: 2 });
    await app.send("go");
    await app.clock.advance(100);
    expect(open).toHaveLength(2);
    await answerAll();
    await app.clock.advance(100);
    expect(open).toHaveLength(1);
    await answerAll();
    expect((await app.onlyRun("app-ask")).output).toBe('[{"data":1},{"data":1},{"data":1}]');
  });

  it("waits while the function's runs are held", async () => {
    const { open, perform, answerAll } = slowGateway();
    const { app, requests } = await stage([asks("a"), asks("b")], perform, { concurrency: 1 });
    await app.send("go");
    await app.engine.pauseFunction({ functionId: "app-ask", runs: "hold" });
    await answerAll();
    await app.clock.advance(60_000);
    expect(requests).toHaveLength(1);
    expect(await app.onlyRun("app-ask")).toMatchObject({ blocked: "paused", owner: null });
    await app.engine.resumeFunction("app-ask");
    await app.clock.advance(5_000);
    expect(open).toHaveLength(1);
    await answerAll();
    expect((await app.onlyRun("app-ask")).status).toBe("completed");
  });
});
