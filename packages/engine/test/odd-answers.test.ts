import { type CallAnswer, COMPLETE_OP_ID, hashStepId, limits, type Op } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import type { SizeLimits } from "../src/domain/size-limits.ts";
import { complete, memo, ops, planned, RemoteApp, ran, type Script } from "./remote-app.ts";

async function started(script: Script, sizes: Partial<SizeLimits> = {}): Promise<RemoteApp> {
  const app = new RemoteApp({ sizes });
  await app.register([{ id: "app-odd", retries: 1, triggers: [{ event: "go" }], script }]);
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
    const many = Array.from({ length: 1_000 + limits.defersPerRun + 1 }, (_, i) => planned(`s${i}`));
    const app = await started(() => ops(...many), { stepsPerRun: 1_000 });
    expect(JSON.parse((await app.onlyRun("app-odd")).output ?? "")).toMatchObject({
      name: "InngestErrFunctionOverflowed",
      code: "step_limit",
    });
  });

  it("a result over the limit fails its step, and what was done with it does not count", async () => {
    const large = ran("large", "x".repeat(1_000));
    const script: Script = (request) => {
      const value = memo(request, "large") as { error?: { code?: string } } | undefined;
      return value
        ? complete(value.error?.code ?? "?")
        : ops(large, ran("after", 1), ended("as if nothing were"));
    };
    const app = await started(script, { stepOutputBytes: 1_000 });
    const run = await app.onlyRun("app-odd");
    expect(run).toMatchObject({ status: "completed", output: '"output_too_large"' });
    expect((await app.store.loadRun(run.id))?.steps).toHaveLength(1);
  });

  it("what is large but under the limit is taken, noted of the step and the run, and logged", async () => {
    const sizes = { stepOutputWarnBytes: 100, runStateWarnBytes: 250, stepsPerRunWarn: 3 };
    const steps = ["a", "b", "c", "d", "e"].map((id) => ran(id, "x".repeat(id === "a" ? 10 : 100)));
    const app = await started((request) => (memo(request, "e") ? complete("done") : ops(...steps)), sizes);
    const run = await app.onlyRun("app-odd");
    expect(run).toMatchObject({ status: "completed", output: '"done"' });
    const notes = await app.store.listMetadata(run.id);
    const noted = notes.map(({ stepId, kind, content }) => [stepId, kind, JSON.parse(content)]);
    const ofStep = (id: string) => [
      hashStepId(id),
      "stepfast.large",
      { bytes: 111, warnBytes: 100, limitBytes: limits.stepOutputBytes },
    ];
    const { runStateBytes, stepsPerRun } = limits;
    expect(noted).toEqual([
      ...["b", "c", "d", "e"].map(ofStep),
      ["", "stepfast.large", { stateBytes: 465, warnBytes: 250, limitBytes: runStateBytes }],
      ["", "stepfast.large", { steps: 5, warnSteps: 3, limitSteps: stepsPerRun }],
    ]);
    expect(app.warnings).toHaveLength(noted.length);
  });

  it("results that are too large together fail the run", async () => {
    const steps = ["a", "b", "c"].map((id) => ran(id, "x".repeat(400)));
    const app = await started(() => ops(...steps), { runStateBytes: 1_000 });
    expect(JSON.parse((await app.onlyRun("app-odd")).output ?? "")).toMatchObject({
      code: "state_too_large",
    });
  });

  it("limits that are none are refused", () => {
    for (const sizes of [{ stepsPerRun: 0 }, { runStateBytes: 2 ** 40 }, { stepOutputBytes: 1.5 }]) {
      expect(() => new RemoteApp({ sizes })).toThrow("is no limit");
    }
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
