import { type CallAnswer, COMPLETE_OP_ID, hashStepId, limits, type Op } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { complete, memo, ops, planned, RemoteApp, ran, type Script } from "./remote-app.ts";

async function started(script: Script, retries = 1): Promise<RemoteApp> {
  const app = new RemoteApp();
  await app.register([{ id: "app-odd", retries, triggers: [{ event: "go" }], script }]);
  await app.send("go");
  return app;
}

const ended = (output: Op["data"]): Op => ({ id: COMPLETE_OP_ID, op: "RunComplete", data: output ?? null });

describe("an answer that says nothing", () => {
  it.each<[string, CallAnswer]>([
    ["asks to be asked again", ops({ id: "x", op: "DiscoveryRequest" })],
    [
      "says it is stale",
      { kind: "error", error: { name: "StaleDispatchError", message: "stale" }, noRetry: true },
    ],
  ])("and %s is not asked for at once for ever", async (_what, answer) => {
    const app = await started(() => answer);
    expect(app.calls.length).toBeLessThanOrEqual(20);
    await app.clock.advance(60_000);
    expect(await app.onlyRun("app-odd")).toMatchObject({ status: "failed" });
    expect((await app.onlyRun("app-odd")).output).toContain("told nothing new");
    expect(app.calls).toHaveLength(40);
  });

  it("to the call for a step is a failed attempt of the step", async () => {
    const app = await started((request, call) => {
      if (call.stepId !== "step") return ops();
      const failure = memo(request, "a") as { error?: { message: string } } | undefined;
      return failure?.error ? complete(failure.error.message) : ops(planned("a"), planned("b"));
    });
    expect(app.calls).toHaveLength(3);
    await app.clock.advance(60_000);
    expect((await app.onlyRun("app-odd")).output).toContain("does not hold that step's result");
    expect(app.calls).toHaveLength(6);
  });

  it("at all, with nothing to wait for, fails the run", async () => {
    const app = await started(() => ops());
    expect((await app.onlyRun("app-odd")).output).toContain("stopped without a result");
    expect(app.calls).toHaveLength(1);
  });
});

describe("too much in an answer", () => {
  it("more steps than a run may have fail it", async () => {
    const many = Array.from({ length: limits.stepsPerRun + limits.defersPerRun + 1 }, (_, i) =>
      planned(`s${i}`),
    );
    const app = await started(() => ops(...many));
    expect(JSON.parse((await app.onlyRun("app-odd")).output ?? "")).toMatchObject({
      name: "InngestErrFunctionOverflowed",
      code: "step_limit",
    });
  });

  it("a result over the limit fails its step, and what was done with it does not count", async () => {
    const large = ran("large", "x".repeat(limits.stepOutputBytes));
    const app = await started((request) => {
      const value = memo(request, "large") as { error?: { code?: string } } | undefined;
      return value
        ? complete(value.error?.code ?? "?")
        : ops(large, ran("after", 1), ended("as if nothing were"));
    });
    const run = await app.onlyRun("app-odd");
    expect(run).toMatchObject({ status: "completed", output: '"output_too_large"' });
    expect((await app.store.loadRun(run.id))?.steps).toHaveLength(1);
  });

  it("defers over the limit are rejected, and the run goes on", async () => {
    const defer = (i: number): Op => ({
      id: hashStepId(`d${i}`),
      op: "DeferAdd",
      opts: { fn_slug: "app-x", input: {} },
    });
    const many = Array.from({ length: limits.defersPerRun + 3 }, (_, i) => defer(i));
    const app = await started(() => ops(...many, ended("done")));
    const run = await app.onlyRun("app-odd");
    expect(run).toMatchObject({ status: "completed", output: '"done"' });
    const statuses = (await app.store.loadRun(run.id))?.steps.map((step) => step.status) ?? [];
    expect(statuses.filter((status) => status === "rejected")).toHaveLength(3);
  });

  it("metadata over the limit is left out, the rest of it and the step count", async () => {
    const note = (kind: string, size: number) =>
      ({ kind, op: "set", values: { text: "x".repeat(size) } }) as const;
    const step = { ...ran("a", 1), metadata: [note("large", limits.metadataBytes), note("small", 5)] };
    const app = await started((request) =>
      memo(request, "a") === undefined ? ops(step) : ops(step, ended("done")),
    );
    const run = await app.onlyRun("app-odd");
    expect(run.status).toBe("completed");
    // Told twice, noted once.
    expect(await app.store.listMetadata(run.id)).toMatchObject([{ kind: "small", stepId: hashStepId("a") }]);
  });
});
