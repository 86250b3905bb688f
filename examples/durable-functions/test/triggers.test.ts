import { Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { triggered } from "../src/triggers.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open({ client: inngest, functions: triggered });
});

afterEach(() => stage.close());

/** Functions that an event starts: sending resolves once their runs exist. */
async function startedBy(name: string, data: object = {}): Promise<string[]> {
  const { ids } = await inngest.send({ name, data });
  const runs = await stage.runs();
  return runs
    .filter((run) => run.trigger.eventIds[0] === ids[0])
    .map((run) => run.function.id)
    .sort();
}

test("an event starts every function that it triggers", async () => {
  expect(await startedBy("user/signup")).toEqual(["my-app-on-many", "my-app-on-signup"]);
  expect(await startedBy("nobody/cares")).toEqual([]);
});

describe("a trigger's condition", () => {
  const cases = [
    { data: { action: "purchase", amount: 101 }, starts: true },
    { data: { action: "purchase", amount: 100 }, starts: false },
    { data: { action: "refund", amount: 101 }, starts: false },
    { data: { amount: 101 }, starts: false },
    { data: {}, starts: false },
  ];

  test.each(cases)("$data starts the function: $starts", async ({ data, starts }) => {
    expect(await startedBy("user/action", data)).toEqual(starts ? ["my-app-on-purchase"] : []);
  });
});

test("a function with several triggers runs on each, under its condition", async () => {
  expect(await startedBy("user/login", { firstLogin: true })).toEqual(["my-app-on-many"]);
  expect(await startedBy("user/login", { firstLogin: false })).toEqual([]);
  expect(await startedBy("manual/report.requested")).toEqual(["my-app-weekly-or-asked"]);

  const outputs: unknown[] = [];
  for (const { id } of await stage.runs("my-app-on-many")) outputs.push((await stage.finish(id)).output);
  expect(outputs).toEqual(["user/login"]);
});

test("cron triggers are registered as they are written", () => {
  const crons = stage.app.engine
    .functions()
    .flatMap(({ slug, config }) =>
      config.triggers.flatMap((trigger) => ("cron" in trigger ? [[slug, trigger.cron]] : [])),
    );

  expect(Object.fromEntries(crons)).toEqual({
    "my-app-on-many": "0 9 * * *",
    "my-app-every-six-hours": "0 */6 * * *",
    "my-app-fridays": "TZ=Europe/Paris 0 12 * * 5",
    "my-app-weekly-or-asked": "0 0 * * 0",
  });
});

test("ten triggers are taken, eleven refused", () => {
  const triggers = (count: number) => Array.from({ length: count }, (_, index) => ({ event: `e/${index}` }));

  expect(() => inngest.createFunction({ id: "ten" }, triggers(10), async () => {})).not.toThrow();
  expect(() => inngest.createFunction({ id: "eleven" }, triggers(11), async () => {})).toThrow(/trigger/);
});
