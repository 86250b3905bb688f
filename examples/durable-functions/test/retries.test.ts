import { Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { processUser, reliableFunction, respectRateLimit } from "../src/retries.ts";
import {
  criticalTask,
  db,
  externalAPI,
  fetchOrderData,
  fetchUserData,
  resetServices,
} from "../src/services.ts";

const twoSteps = inngest.createFunction({ id: "two-steps" }, { event: "two/steps" }, async ({ step }) => {
  await step.run("first", () => fetchUserData());
  await step.run("second", () => fetchOrderData());
});

let stage: Stage;

beforeEach(async () => {
  resetServices();
  const functions = [processUser, reliableFunction, respectRateLimit, twoSteps];
  stage = await Stage.open({ client: inngest, functions });
});

afterEach(() => stage.close());

async function start(functionId: string, event: { name: string; data?: object }): Promise<string> {
  await inngest.send(event);
  return (await stage.theRun(`my-app-${functionId}`)).id;
}

describe("by default", () => {
  test("a step is tried five times in all", async () => {
    fetchUserData.fail();
    const id = await start("two-steps", { name: "two/steps" });

    expect((await stage.finish(id)).status).toBe("FAILED");
    expect(fetchUserData.calls).toHaveLength(5);
    expect(fetchOrderData.calls).toEqual([]);
  });

  test("each step counts its own attempts", async () => {
    fetchUserData.fail({ times: 4 });
    fetchOrderData.fail({ times: 4 });
    const id = await start("two-steps", { name: "two/steps" });

    expect((await stage.finish(id)).status).toBe("COMPLETED");
    expect(fetchUserData.calls).toHaveLength(5);
    expect(fetchOrderData.calls).toHaveLength(5);
  });

  test("the delays grow, and no two are quite the same", async () => {
    fetchUserData.fail();
    const id = await start("two-steps", { name: "two/steps" });
    await stage.finish(id);

    const attempts = (await stage.trace(id)).rootSpan.children[0]?.children ?? [];
    const times = attempts.map((attempt) => Date.parse(String(attempt.endedAt)));
    const delays = times.slice(1).map((time, index) => (time - Number(times[index])) / 1_000);

    const base = [15, 30, 60, 120];
    expect(delays).toHaveLength(base.length);
    delays.forEach((delay, index) => {
      expect(delay).toBeGreaterThanOrEqual(Number(base[index]));
      expect(delay).toBeLessThanOrEqual(Number(base[index]) + 30);
    });
    const jitters = delays.map((delay, index) => delay - Number(base[index]));
    expect(new Set(jitters).size).toBeGreaterThan(1);
  });
});

test("`retries: 10` means eleven attempts, and the handler sees which one it is", async () => {
  criticalTask.fail();
  const id = await start("reliable-function", { name: "critical/task" });

  expect((await stage.finish(id)).status).toBe("FAILED");
  const modes = criticalTask.calls.map(([mode]) => mode);
  expect(modes).toEqual([...Array(6).fill("usual"), ...Array(5).fill("careful")]);
});

describe("a NonRetriableError", () => {
  test("ends the step and the function at once", async () => {
    const id = await start("process-user", { name: "user/process.requested", data: { userId: "nobody" } });

    expect(await stage.ended(id)).toMatchObject({
      status: "FAILED",
      output: { name: "NonRetriableError", message: "User not found, stopping execution" },
    });
    expect(db.users.findOne.calls).toHaveLength(1);
  });

  test("does not keep other errors from being tried again", async () => {
    db.users.findOne.fail({ times: 2 });
    const id = await start("process-user", { name: "user/process.requested", data: { userId: "u1" } });

    expect(await stage.finish(id)).toMatchObject({ status: "COMPLETED", output: "u1" });
    expect(db.users.findOne.calls).toHaveLength(3);
  });
});

describe("a RetryAfterError", () => {
  test("sets the time of the next attempt, to the millisecond", async () => {
    externalAPI.answers.push({ status: 429, headers: { "retry-after": "90" } });
    const id = await start("api-call", { name: "api/call.requested" });
    const { until } = await stage.waiting(id, "retry");
    expect(Date.parse(String(until))).toBe(stage.clock.now() + 90_000);

    await stage.clock.advance(90_000 - 1);
    expect(externalAPI.call.calls).toHaveLength(1);
    await stage.clock.advance(1);

    expect((await stage.ended(id)).status).toBe("COMPLETED");
    expect(externalAPI.call.calls).toHaveLength(2);
  });

  test("uses up attempts as any error does", async () => {
    const limited = { status: 429, headers: { "retry-after": "1" } };
    externalAPI.answers.push(...Array(9).fill(limited));
    const id = await start("api-call", { name: "api/call.requested" });

    expect(await stage.finish(id)).toMatchObject({ status: "FAILED", output: { message: "Rate limited" } });
    expect(externalAPI.call.calls).toHaveLength(5);
  });
});
