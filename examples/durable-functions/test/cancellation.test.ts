import { Stage, type StageOptions } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  cleanupCancelled,
  cleanupCancelledOrder,
  processOrder,
  processWithTimeout,
} from "../src/cancellation.ts";
import { inngest } from "../src/client.ts";
import {
  cleanupOrderResources,
  criticalTask,
  longTask,
  processPayment,
  resetServices,
} from "../src/services.ts";

const MINUTE_MS = 60_000;

const busy = inngest.createFunction({ id: "busy" }, { event: "busy" }, async ({ step }) => {
  await step.run("critical-task", () => criticalTask("busy"));
});

let stage: Stage;

async function open(options: Partial<StageOptions> = {}): Promise<void> {
  const functions = [busy, cleanupCancelled, cleanupCancelledOrder, processOrder, processWithTimeout];
  stage = await Stage.open({ client: inngest, functions, ...options });
}

beforeEach(resetServices);

afterEach(() => stage.close());

describe("by an event", () => {
  beforeEach(() => open());

  async function createOrder(orderId: string) {
    const paymentDue = new Date(stage.clock.now() + 60 * MINUTE_MS).toISOString();
    await inngest.send({ name: "order/created", data: { orderId, paymentDue } });
    const { id } = await stage.theRun("my-app-process-order");
    await stage.waiting(id, "sleep");
    return id;
  }

  test("`event` is the one that started the run, `async` the new one", async () => {
    const id = await createOrder("o1");

    await inngest.send({ name: "order/cancelled", data: { orderId: "o2" } });
    expect((await stage.run(id)).status).toBe("RUNNING");
    await inngest.send({ name: "order/cancelled", data: { orderId: "o1" } });

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    await stage.clock.advance(120 * MINUTE_MS);
    expect(processPayment.calls).toEqual([]);
  });

  test("an order that is not cancelled is charged when its payment is due", async () => {
    const id = await createOrder("o1");

    expect((await stage.finish(id)).status).toBe("COMPLETED");
    expect(processPayment.calls).toHaveLength(1);
  });

  test("the cleanup function runs, and knows the run by its id and the function by its full slug", async () => {
    const id = await createOrder("o1");
    await inngest.send({ name: "order/cancelled", data: { orderId: "o1" } });
    await stage.ended(id);

    for (const functionId of ["my-app-cleanup-cancelled-process", "my-app-cleanup-cancelled-order"]) {
      const cleanup = await stage.theRun(functionId);
      expect((await stage.ended(cleanup.id)).status).toBe("COMPLETED");
    }
    expect(cleanupOrderResources.calls).toEqual([[id]]);
    const printed = await stage.trace((await stage.theRun("my-app-cleanup-cancelled-process")).id);
    expect(printed.rootSpan.children).toEqual([]);
  });
});

describe("by a timeout", () => {
  const request = async (pause: string) => {
    await inngest.send({ name: "long/process.requested", data: { pause } });
    return (await stage.theRun("my-app-process-with-timeout")).id;
  };

  test("a run that finishes in time completes", async () => {
    await open();
    const id = await request("29m");

    expect((await stage.finish(id)).status).toBe("COMPLETED");
    expect(longTask.calls).toHaveLength(2);
  });

  test("a run that has not finished within 30 minutes is cancelled", async () => {
    await open();
    const id = await request("31m");
    await stage.waiting(id, "sleep");
    await stage.clock.advance(30 * MINUTE_MS - 1);
    expect((await stage.run(id)).status).toBe("RUNNING");

    await stage.clock.advance(1);

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    await stage.clock.advance(10 * MINUTE_MS);
    expect(longTask.calls).toHaveLength(1);
    const [cancelled] = await stage.events("inngest/function.cancelled");
    expect(cancelled?.data.run_id).toBe(id);
  });

  test("a run that could not start within 5 minutes is cancelled and runs nothing", async () => {
    await open({ maxHotRuns: 1 });
    const task = criticalTask.hold();
    await inngest.send({ name: "busy" });
    await task.entered;
    const id = await request("1m");
    expect((await stage.run(id)).status).toBe("QUEUED");

    await stage.clock.advance(5 * MINUTE_MS);
    task.release();

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    expect(longTask.calls).toEqual([]);
  });

  test("a run that starts within 5 minutes is not cancelled", async () => {
    await open({ maxHotRuns: 1 });
    const task = criticalTask.hold();
    await inngest.send({ name: "busy" });
    await task.entered;
    const id = await request("1m");

    await stage.clock.advance(5 * MINUTE_MS - 1);
    task.release();

    expect((await stage.finish(id)).status).toBe("COMPLETED");
  });
});
