import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { ours } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/** What only our own SDK does: the same on either way of calling. */
describe.each([true, false])("stepfast, checkpointing %s", (checkpointing) => {
  async function newApp(): Promise<{ app: App; api: Api }> {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const app = new App(ours, api, { checkpointing });
    cleanUps.add(() => app.stop());
    return { app, api };
  }

  test.each([
    ["at once", async () => {}],
    ["after an await", () => new Promise<void>((resolve) => setImmediate(resolve))],
  ])("a step inside the body of a step fails it, %s, and the function goes on", async (_when, before) => {
    const { app, api } = await newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "nested", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const refused = await step
          .run("outer", async () => {
            ledger.note("outer");
            await before();
            return step.run("inner", () => ledger.note("inner", "ran"));
          })
          .catch((error: Error) => error.message);
        return step.run("after", () => refused);
      },
    );
    await app.start([fn]);
    const run = await api.outcome(await app.send("go"));
    expect(run.status).toBe("COMPLETED");
    expect(run.output).toContain('"inner" is inside the body of step "outer"');
    expect(ledger.lines).toEqual(["outer"]);
  });

  test("the form with the trigger by itself, durations of several units, and what a body is told", async () => {
    const { app, api } = await newApp();
    const keys: string[] = [];
    const fn = app.client.createFunction(
      { id: "older", retries: 1 },
      { event: app.event("go") },
      async ({ step }) => {
        const attempts = await step.run("told", ({ attempt, idempotencyKey, signal }) => {
          keys.push(idempotencyKey);
          if (attempt === 0) throw new Error("not yet");
          return { attempt, aborted: signal.aborted };
        });
        await step.sleep("nap", "1h30m");
        return attempts;
      },
    );
    await app.start([fn]);
    const before = Date.now();
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    const { waiting } = await api.waiting(runId, "sleep");
    const ninetyMinutes = 90 * 60_000;
    expect(Date.parse(waiting?.[0]?.until ?? "") - before).toBeGreaterThanOrEqual(ninetyMinutes);
    expect(Date.parse(waiting?.[0]?.until ?? "") - Date.now()).toBeLessThanOrEqual(ninetyMinutes);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    const { rootSpan } = await api.trace(runId);
    expect(rootSpan.children[0]).toMatchObject({ name: "told", status: "COMPLETED" });
  });

  test("a deferred function is called off with cancel", async () => {
    const { app, api } = await newApp();
    const undo = ours.createDefer(app.client, { id: "undo" }, () => app.ledger.note("undo"));
    const fn = app.client.createFunction(
      { id: "saga", triggers: { event: app.event("go") } },
      async ({ step, defer }) => {
        const handle = defer("undo", { function: undo, data: {} });
        await step.run("work", () => app.ledger.note("work"));
        handle.cancel();
        return step.run("more", () => app.ledger.note("more", "done"));
      },
    );
    await app.start([undo, fn]);
    const run = await api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "done" });
    const { defers } = await api.trace(run.id);
    expect(defers.map(({ id, status }) => [id, status])).toEqual([["undo", "ABORTED"]]);
    expect(app.ledger.lines).toEqual(["work", "more"]);
  });
});
