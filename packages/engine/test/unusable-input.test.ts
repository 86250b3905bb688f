import { type CallAnswer, hashStepId, type Json, type Op } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { complete, memo, ops, RemoteApp, ran } from "./remote-app.ts";

const DEPTH = 100_000;

/** JSON reads it, and cannot write it. */
function deep(): Json {
  return JSON.parse("[".repeat(DEPTH) + "]".repeat(DEPTH)) as Json;
}

async function endOf(answer: (memoised: unknown) => CallAnswer) {
  const app = new RemoteApp({ leaseMs: 86_400_000, pollMs: 86_400_000 });
  const script = (request: Parameters<typeof memo>[0]) => answer(memo(request, "a"));
  await app.register([{ id: "app-one", triggers: [{ event: "go" }], retries: 1, script }]);
  await app.send("go");
  await app.clock.advance(3_600_000);
  return { ...(await app.onlyRun("app-one")), calls: app.calls.length };
}

const error = (data: Json) => ({ name: "Error", message: "no", data });

describe("a value that is nested deeper than can be written", () => {
  it.each<[string, () => CallAnswer]>([
    ["a step's result", () => ops(ran("a", deep()))],
    ["a step's options", () => ops({ ...ran("a", 1), opts: { input: [deep()] } } as Op)],
    ["a step's error", () => ops({ id: hashStepId("a"), op: "StepFailed", error: error(deep()) })],
    ["the output", () => complete(deep())],
    ["the error", () => ({ kind: "error", error: error(deep()), noRetry: false })],
    ["the last error", () => ({ kind: "error", error: error(deep()), noRetry: true })],
    [
      "the data of an invocation",
      () =>
        ops({
          id: hashStepId("a"),
          op: "InvokeFunction",
          opts: { function_id: "app-one", payload: { data: { deep: deep() } } },
        } as Op),
    ],
  ])("as %s fails the run, after its attempts", async (_, answer) => {
    const { status, output, calls } = await endOf(answer);
    expect({ status, calls }).toEqual({ status: "failed", calls: expect.any(Number) });
    expect(calls).toBeLessThanOrEqual(3);
    expect(output).toContain("nest");
  });
});

describe("a name that a database cannot look up", () => {
  it.each<[string, Op["op"], Record<string, string>]>([
    ["an event with a long name", "WaitForEvent", { event: "e".repeat(513), timeout: "1d" }],
    ["an event whose name goes on after a zero", "WaitForEvent", { event: "paid\0", timeout: "1d" }],
    ["a signal with a long name", "WaitForSignal", { signal: "é".repeat(257), timeout: "1d" }],
    ["a signal whose name goes on after a zero", "WaitForSignal", { signal: "ok\0", timeout: "1d" }],
  ])("is no name to wait for: %s", async (_, op, opts) => {
    const { status, output } = await endOf((memoised) =>
      memoised === undefined ? ops({ id: hashStepId("a"), op, opts } as Op) : complete(memoised as Json),
    );
    expect(status).toBe("completed");
    expect(output).toContain("at most 512 bytes");
  });
});
