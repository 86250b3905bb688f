import { Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realTimeFunction } from "../src/checkpointing.ts";
import { inngest } from "../src/client.ts";
import { conditionalProcess, robustProcess } from "../src/patterns.ts";
import {
  callPrimaryService,
  callSecondaryService,
  process1,
  process2,
  processPremiumFeatures,
  processStandardFeatures,
  resetServices,
} from "../src/services.ts";

let stage: Stage;

beforeEach(async () => {
  resetServices();
  stage = await Stage.open({
    client: inngest,
    functions: [conditionalProcess, realTimeFunction, robustProcess],
  });
});

afterEach(() => stage.close());

async function runOf(functionId: string, event: { name: string; data?: object }) {
  await inngest.send(event);
  const { id } = await stage.theRun(`my-app-${functionId}`);
  return stage.finish(id);
}

test("with checkpointing, steps follow one another and each is recorded", async () => {
  const run = await runOf("real-time-function", { name: "realtime/process", data: { value: 1 } });

  expect(run).toMatchObject({ status: "COMPLETED", output: { result2: { two: 2 } } });
  expect(process1.calls).toHaveLength(1);
  expect(process2.calls).toEqual([[{ one: 1 }]]);
  const { rootSpan } = await stage.trace(run.id);
  expect(rootSpan.children.map((span) => span.name)).toEqual(["step-1", "step-2"]);
});

test("with checkpointing, a step that fails is tried again without those before it", async () => {
  process2.fail({ times: 2 });

  const run = await runOf("real-time-function", { name: "realtime/process", data: { value: 1 } });

  expect(run.status).toBe("COMPLETED");
  expect(process1.calls).toHaveLength(1);
  expect(process2.calls).toHaveLength(3);
});

describe("conditional steps", () => {
  test("run where their condition holds", async () => {
    await runOf("conditional-process", { name: "process/conditional", data: { userId: "gold" } });

    expect(processPremiumFeatures.calls).toHaveLength(1);
    expect(processStandardFeatures.calls).toHaveLength(1);
  });

  test("are left out where it does not", async () => {
    const run = await runOf("conditional-process", {
      name: "process/conditional",
      data: { userId: "plain" },
    });

    expect(processPremiumFeatures.calls).toEqual([]);
    expect(processStandardFeatures.calls).toHaveLength(1);
    const { rootSpan } = await stage.trace(run.id);
    expect(rootSpan.children.map((span) => span.name)).toEqual(["fetch-user", "standard-processing"]);
  });
});

describe("error recovery", () => {
  test("the fallback is not needed while the primary service answers", async () => {
    callPrimaryService.fail({ times: 4 });

    const run = await runOf("robust-process", { name: "process/robust", data: {} });

    expect(run.output).toEqual({ result: "from the primary" });
    expect(callSecondaryService.calls).toEqual([]);
  });

  test("the fallback takes over once the primary service has used up its retries", async () => {
    callPrimaryService.fail();

    const run = await runOf("robust-process", { name: "process/robust", data: {} });

    expect(run).toMatchObject({ status: "COMPLETED", output: { result: "from the secondary" } });
    expect(callPrimaryService.calls).toHaveLength(5);
    expect(callSecondaryService.calls).toHaveLength(1);
  });
});
