import { Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { processOrder } from "../src/function-creation.ts";
import { generateReportFunction, orderReport } from "../src/invocation.ts";
import {
  chargeCustomer,
  moments,
  processData,
  processReport,
  resetServices,
  sendEmail,
  validatePayment,
  writeReport,
} from "../src/services.ts";
import { deterministic, nonDeterministic } from "../src/step-execution.ts";
import { checkout } from "../src/step-ids.ts";

const functions = [
  checkout,
  deterministic,
  generateReportFunction,
  nonDeterministic,
  orderReport,
  processOrder,
];

let stage: Stage;

beforeEach(async () => {
  resetServices();
  stage = await Stage.open({ client: inngest, functions });
});

afterEach(() => stage.close());

async function runOf(functionId: string, event: { name: string; data?: object }) {
  await inngest.send(event);
  const { id } = await stage.theRun(`my-app-${functionId}`);
  return stage.finish(id);
}

describe("memoization", () => {
  test("code outside of steps runs again whenever the function resumes", async () => {
    const run = await runOf("bad", { name: "data/bad" });

    expect(run.status).toBe("COMPLETED");
    expect(processData.calls).toHaveLength(1);
    expect(moments.length).toBeGreaterThan(1);
  });

  test("a step runs once, and its result is kept", async () => {
    const run = await runOf("good", { name: "data/good" });

    expect(run.status).toBe("COMPLETED");
    expect(processData.calls).toHaveLength(1);
    expect(moments).toHaveLength(1);
    expect(run.output).toEqual({ at: moments[0] });
  });
});

test("the basic structure: an event runs the workflow", async () => {
  const run = await runOf("process-order", { name: "order/created", data: { id: 1 } });

  expect(run.status).toBe("COMPLETED");
  expect(chargeCustomer.calls).toEqual([[{ id: 1 }]]);
  const config = stage.app.engine.functions().find((fn) => fn.slug === "my-app-process-order")?.config;
  expect(config).toMatchObject({
    concurrency: [{ limit: 10 }],
    steps: { step: { retries: { attempts: 4 } } },
  });
});

test("a step id used twice is two steps", async () => {
  const data = { paymentId: "p1", email: "ada@example.com" };
  const run = await runOf("checkout", { name: "cart/checked.out", data });

  expect(run.output).toEqual({ data: ["ada", "grace"], more: ["order 1"] });
  expect(validatePayment.calls).toEqual([["p1"]]);
  expect(sendEmail.calls).toEqual([["ada@example.com"]]);
  const { rootSpan } = await stage.trace(run.id);
  expect(rootSpan.children.map((span) => [span.name, span.status])).toEqual([
    ["fetch-data", "COMPLETED"],
    ["fetch-data", "COMPLETED"],
    ["validate-payment", "COMPLETED"],
    ["charge-customer", "COMPLETED"],
    ["send-confirmation", "COMPLETED"],
  ]);
});

describe("invoking another function", () => {
  test("gives its result, and the runs name each other", async () => {
    const run = await runOf("order-report", { name: "report/ordered", data: { userId: "u1" } });

    expect(run.status).toBe("COMPLETED");
    expect(processReport.calls).toEqual([[{ title: "Report on u1", pages: 3 }]]);
    const child = await stage.theRun("my-app-generate-report");
    expect(child.parent).toMatchObject({ runId: run.id, origin: "invoke" });
    const { rootSpan } = await stage.trace(run.id);
    const invocation = rootSpan.children.find((span) => span.name === "generate-report");
    expect(invocation).toMatchObject({ stepOp: "INVOKE", run: { id: child.id, status: "COMPLETED" } });
  });

  test("fails the step where the other function fails", async () => {
    writeReport.fail();
    await inngest.send({ name: "report/ordered", data: { userId: "u1" } });
    const child = await stage.theRun("my-app-generate-report");
    expect((await stage.finish(child.id)).status).toBe("FAILED");

    const run = await stage.theRun("my-app-order-report");

    expect(await stage.ended(run.id)).toMatchObject({
      status: "FAILED",
      output: { message: "writeReport is out of order" },
    });
    expect(processReport.calls).toEqual([]);
  });
});
