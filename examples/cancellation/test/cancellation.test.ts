import { type RunView, Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { scheduleReminder } from "../src/schedule-reminder.ts";
import { pushNotificationService } from "../src/services.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const SLUG = "tasks-schedule-reminder";

let stage: Stage;

beforeEach(async () => {
  pushNotificationService.push.reset();
  stage = await Stage.open({ client: inngest, functions: [scheduleReminder] });
});

afterEach(() => stage.close());

/** Both ways to cancel must do the same. */
const ways = [
  {
    name: "by an event",
    cancel: async (_runId: string) => {
      await inngest.send({ name: "tasks/deleted", data: { id: "t1" } });
    },
  },
  {
    name: "through the REST API",
    cancel: async (runId: string) => {
      const response = await stage.request(`/v1/runs/${runId}`, { method: "DELETE" });
      expect(response.status).toBe(204);
    },
  },
];

async function remind(options: { id?: string; startAt?: number } = {}): Promise<RunView> {
  const remindAt = new Date(stage.clock.now() + WEEK_MS).toISOString();
  const data = { id: options.id ?? "t1", userId: "u1", reminderBody: "water the plants", remindAt };
  const ts = options.startAt === undefined ? {} : { ts: options.startAt };
  const { ids } = await inngest.send({ name: "tasks/reminder.created", data, ...ts });
  return stage.until(async () => (await stage.runs(SLUG)).find((run) => run.trigger.eventIds[0] === ids[0]));
}

async function stepStatuses(runId: string): Promise<Record<string, string>> {
  const { rootSpan } = await stage.trace(runId);
  return Object.fromEntries(rootSpan.children.map((span) => [span.name, span.status]));
}

test("without a cancellation the reminder goes out a week later", async () => {
  const { id } = await remind();
  await stage.waiting(id, "sleep");
  await stage.clock.advance(WEEK_MS - 1);
  expect(pushNotificationService.push.calls).toEqual([]);

  await stage.clock.advance(1);

  expect((await stage.ended(id)).status).toBe("COMPLETED");
  expect(pushNotificationService.push.calls).toEqual([["u1", "water the plants"]]);
});

describe.each(ways)("cancelled $name", ({ cancel }) => {
  test("before the run has started: nothing of it runs", async () => {
    const { id } = await remind({ startAt: stage.clock.now() + HOUR_MS });
    await stage.waiting(id, "start");

    await cancel(id);

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    await stage.clock.advance(2 * WEEK_MS);
    expect(await stepStatuses(id)).toEqual({});
    expect(pushNotificationService.push.calls).toEqual([]);
  });

  test("between steps: the sleep ends, the next step is skipped", async () => {
    const { id } = await remind();
    await stage.waiting(id, "sleep");
    await stage.clock.advance(3 * 24 * HOUR_MS);

    await cancel(id);

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    await stage.clock.advance(2 * WEEK_MS);
    expect(await stepStatuses(id)).toEqual({ "sleep-until-remind-at-time": "CANCELLED" });
    expect(pushNotificationService.push.calls).toEqual([]);
  });

  test("during a step: the step runs to its end, then the run is cancelled", async () => {
    const push = pushNotificationService.push.hold();
    const { id } = await remind();
    await stage.waiting(id, "sleep");
    await stage.clock.advance(WEEK_MS);
    await push.entered;

    await cancel(id);
    expect((await stage.run(id)).status).toBe("RUNNING");
    push.release();

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    expect(pushNotificationService.push.done).toEqual([["u1", "water the plants"]]);
    expect(await stepStatuses(id)).toEqual({
      "sleep-until-remind-at-time": "COMPLETED",
      "send-reminder-push": "COMPLETED",
    });
  });

  test("between two attempts of a step: it is not tried again", async () => {
    pushNotificationService.push.fail();
    const { id } = await remind();
    await stage.waiting(id, "sleep");
    await stage.clock.advance(WEEK_MS);
    await stage.waiting(id, "retry");

    await cancel(id);

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    await stage.clock.advance(HOUR_MS);
    expect(pushNotificationService.push.calls).toHaveLength(1);
  });

  test("new runs start as before", async () => {
    const { id } = await remind();
    await stage.waiting(id, "sleep");
    await cancel(id);
    await stage.ended(id);

    const again = await remind();

    expect((await stage.finish(again.id)).status).toBe("COMPLETED");
    expect(pushNotificationService.push.done).toHaveLength(1);
  });
});

test("an event about another task cancels nothing", async () => {
  const { id } = await remind();
  await stage.waiting(id, "sleep");

  await inngest.send({ name: "tasks/deleted", data: { id: "t2" } });

  expect((await stage.finish(id)).status).toBe("COMPLETED");
});

test("an event cancels every run that it matches, and no other", async () => {
  const runs = [await remind(), await remind(), await remind({ id: "t2" })];
  for (const { id } of runs) await stage.waiting(id, "sleep");

  await inngest.send({ name: "tasks/deleted", data: { id: "t1" } });

  const statuses = [];
  for (const { id } of runs) statuses.push((await stage.finish(id)).status);
  expect(statuses).toEqual(["CANCELLED", "CANCELLED", "COMPLETED"]);
});

test("a run that has ended cannot be cancelled, nor one that does not exist", async () => {
  const { id } = await remind();
  await stage.finish(id);

  expect((await stage.request(`/v1/runs/${id}`, { method: "DELETE" })).status).toBe(409);
  const unknown = "01JDJKGTGDVV4DTXHY6XYB7BKK";
  expect((await stage.request(`/v1/runs/${unknown}`, { method: "DELETE" })).status).toBe(404);
  expect((await stage.run(id)).status).toBe("COMPLETED");
});
