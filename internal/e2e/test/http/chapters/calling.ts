import { expect, test } from "vitest";
import { Gate } from "../gate.ts";
import { until } from "../patience.ts";
import type { Stage } from "../suite.ts";
import type { App } from "../world.ts";

/** PROTOCOL §3–§5.4: how often, and how, an app is called. */
export function calling({ api, app: newApp }: Stage): void {
  const calls = (app: App, count: number) =>
    until(
      `${count} calls`,
      () => app.ledger.count("call"),
      (seen) => seen >= count,
    );

  /** Five steps of five kinds beside each other, done one after the other. */
  async function fiveKinds(app: App, mode: object) {
    const [run, child] = [new Gate(), new Gate()];
    const at = (id: string) => ({ id, ...mode });
    const invoked = app.client.createFunction({ id: "child", triggers: [] } as never, async () => {
      await child.pass();
      return "child";
    });
    const fn = app.client.createFunction(
      { id: "five", triggers: { event: app.event("go") } },
      async ({ step }) => {
        app.ledger.note("call");
        const results = await Promise.all([
          step.run(at("run"), async () => {
            await run.pass();
            return "run";
          }),
          step.sendEvent(at("send"), { name: app.event("sent"), data: {} }),
          step.waitForEvent(at("event"), { event: app.event("news"), timeout: "1h" }),
          step.waitForSignal(at("signal"), { signal: `${app.id}-signal`, timeout: "1h", onConflict: "fail" }),
          step.invoke(at("invoke"), { function: invoked as never }),
        ]);
        return results.length;
      },
    );
    await app.start([invoked, fn]);
    const id = await app.send("go");
    await calls(app, 3);
    return { id, run, child };
  }

  test("five parallel steps take four calls: one to find them, one for each that runs, one when all are done", async () => {
    const app = newApp();
    const { id, run, child } = await fiveKinds(app, {});
    run.open();
    child.open();
    await app.send("news");
    await api().request("POST", "/v1/signals", { signal: `${app.id}-signal`, data: 1 });
    expect(await api().outcome(id)).toMatchObject({ status: "COMPLETED", output: 5 });
    expect(app.ledger.count("call")).toBe(4);
  });

  test("in race mode they take eight: each that is done is told at once", async () => {
    const app = newApp();
    const { id, run, child } = await fiveKinds(app, { parallelMode: "race" });
    // The step that sends is done by itself.
    await calls(app, 4);
    run.open();
    await calls(app, 5);
    await app.send("news");
    await calls(app, 6);
    await api().request("POST", "/v1/signals", { signal: `${app.id}-signal`, data: 1 });
    await calls(app, 7);
    child.open();
    expect(await api().outcome(id)).toMatchObject({ status: "COMPLETED", output: 5 });
    expect(app.ledger.count("call")).toBe(8);
  });

  test("execution version 1: each parallel step that is done is told at once", async () => {
    const app = newApp();
    const slow = new Gate();
    const fn = app.client.createFunction(
      { id: "one", triggers: { event: app.event("go") }, optimizeParallelism: false } as never,
      async ({ step }) => {
        app.ledger.note("call");
        const fast = step.run("fast", () => 1).then((n) => app.ledger.note("told", n));
        return Promise.all([fast, step.run("slow", async () => slow.pass().then(() => 2))]);
      },
    );
    await app.start([fn]);
    const id = await app.send("go");
    // Told of the fast one while the slow one still runs: a discovery more than version 2 makes.
    await calls(app, 4);
    expect(app.ledger.count("told")).toBeGreaterThan(0);
    slow.open();
    expect(await api().outcome(id)).toMatchObject({ status: "COMPLETED", output: [1, 2] });
  });

  test("steps are planned, not run, while others are outstanding", async () => {
    const app = newApp();
    const slow = new Gate();
    const fn = app.client.createFunction(
      { id: "plan", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const branch = async () => {
          await step.run({ id: "first", parallelMode: "race" }, () => 1);
          return step.run({ id: "second", parallelMode: "race" }, () => app.ledger.note("second", 2));
        };
        return Promise.all([branch(), step.run("slow", () => slow.pass())]);
      },
    );
    await app.start([fn]);
    const id = await app.send("go");
    await until(
      "the second step",
      () => app.ledger.count("second"),
      (count) => count > 0,
    );
    slow.open();
    expect((await api().outcome(id)).status).toBe("COMPLETED");
    expect(app.ledger.count("second")).toBe(1);
  });

  test("a step's result over the limit, and an answer far over it, fail with a name", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "large", retries: 0, triggers: { event: app.event("go") } },
      async ({ step, event }) =>
        step
          .run("large", () => "x".repeat(Number(event.data.size) * 1024 * 1024))
          .then(() => "taken")
          .catch((error: Error) => error.message),
    );
    await app.start([fn]);
    const outcomeOf = async (size: number) => api().outcome(await app.send("go", { size }));
    expect((await outcomeOf(3)).output).toBe("taken");
    expect((await outcomeOf(5)).output).toContain("4194304 bytes");
    const whole = await outcomeOf(21);
    // 16 MiB more than a step; of a worker that is connected, 8 MiB.
    expect(JSON.stringify(whole.output)).toMatch(/(20971520|8388608) bytes/);
  });

  test("a rule to cancel that has run out cancels nothing", async () => {
    const app = newApp();
    const cancelOn = [{ event: app.event("stop"), timeout: "1s" }];
    const guarded = app.client.createFunction(
      { id: "guarded", triggers: { event: app.event("go") }, cancelOn },
      async ({ step }) => {
        await step.sleep("past the rule", "2s");
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return "done";
      },
    );
    await app.start([guarded]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    await api().waiting(runId, "event");
    await app.send("stop");
    await app.send("news");
    expect(await api().outcome(id)).toMatchObject({ status: "COMPLETED", output: "done" });
  });
}
