import { expect, test } from "vitest";
import type { Stage } from "../suite.ts";

/** PROTOCOL §4, §4.1: attempts, errors, failure handlers. */
export function failures({ sdk, api, app: newApp }: Stage): void {
  test("a step is tried again, alone, and knows its attempt", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "retry", triggers: { event: app.event("go") }, retries: 3 },
      async ({ step, attempt, maxAttempts }) => {
        await step.run("fine", () => ledger.note("fine"));
        const second = await step.run("flaky", () => {
          ledger.note(`flaky ${attempt}/${maxAttempts}`);
          if (ledger.count("flaky 2/4") === 0) throw new Error("not yet");
          return "done";
        });
        await step.run("last", () => ledger.note("last"));
        return second;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(ledger.lines).toEqual(["fine", "flaky 0/4", "flaky 1/4", "flaky 2/4", "last"]);
    const { rootSpan } = await api().trace(run.id);
    const flaky = rootSpan.children.find((span) => span.name === "flaky");
    expect(flaky?.children.map((span) => span.status)).toEqual(["FAILED", "FAILED", "COMPLETED"]);
  });

  test("parallel steps are tried again each by itself", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "retry", triggers: { event: app.event("go") }, retries: 4 },
      async ({ step }) => {
        const flaky = (name: string, failures: number) =>
          step.run(name, () => {
            ledger.note(name);
            if (ledger.count(name) <= failures) throw new Error(`${name} failed`);
            return name;
          });
        return Promise.all([flaky("a", 3), flaky("b", 0), flaky("c", 1)]);
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(["a", "b", "c"]);
    expect(["a", "b", "c"].map((name) => ledger.count(name))).toEqual([4, 1, 2]);
  });

  test("the function's own code is tried again; recorded steps stay", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "body", triggers: { event: app.event("go") }, retries: 2 },
      async ({ step, attempt }) => {
        await step.run("once", () => ledger.note("once"));
        ledger.note(`body ${attempt}`);
        throw new RangeError("always");
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "FAILED", output: { name: "RangeError", message: "always" } });
    expect(ledger.count("once")).toBe(1);
    const bodies = ledger.lines.filter((line) => line.startsWith("body"));
    expect([...new Set(bodies)]).toEqual(["body 0", "body 1", "body 2"]);
  });

  test("what is not to be tried again is not", async () => {
    const app = newApp();
    const { ledger } = app;
    const inStep = app.client.createFunction(
      { id: "in-step", triggers: { event: app.event("go") } },
      async ({ step }) => {
        try {
          await step.run("final", () => {
            ledger.note("step");
            // A cause may be any JSON, and is no error because it has a message.
            throw new sdk.NonRetriableError("no", { cause: { limit: 3, message: "full" } });
          });
        } catch (error) {
          return step.run("told", () => ({
            isStepError: error instanceof sdk.StepError,
            message: (error as Error).message,
            cause: (error as Error).cause,
          }));
        }
      },
    );
    const inBody = app.client.createFunction({ id: "in-body", triggers: { event: app.event("go") } }, () => {
      ledger.note("body");
      throw new sdk.NonRetriableError("never");
    });
    await app.start([inStep, inBody]);
    await app.send("go");
    const [told] = await api().outcomes(`${app.id}-in-step`, 1);
    expect(told).toMatchObject({
      status: "COMPLETED",
      output: { isStepError: true, message: "no", cause: { limit: 3, message: "full" } },
    });
    const [failed] = await api().outcomes(`${app.id}-in-body`, 1);
    expect(failed).toMatchObject({ status: "FAILED", output: { message: "never" } });
    expect(ledger.lines.slice().sort()).toEqual(["body", "step"]);
  });

  test("who asks for a later time is called then", async () => {
    const app = newApp();
    const times: number[] = [];
    const fn = app.client.createFunction(
      { id: "later", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("limited", () => {
          times.push(Date.now());
          if (times.length === 1) throw new sdk.RetryAfterError("busy", "1s");
        });
        times.push(Date.now());
        if (times.length < 4) throw new sdk.RetryAfterError("busy", new Date(Date.now() + 1_000));
        return "ok";
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "ok" });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(950);
    expect((times.at(-1) ?? 0) - (times[2] ?? 0)).toBeGreaterThanOrEqual(950);
  });

  test("a failed step can be answered with another one", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "fallback", triggers: { event: app.event("go") }, retries: 1 },
      async ({ step }) => {
        const image = await step
          .run("first choice", () => {
            ledger.note("first");
            throw new Error("down");
          })
          .catch((error: Error) => step.run("second choice", () => ledger.note("second", error.message)));
        const both = await Promise.allSettled([
          step.run("bad", () => {
            throw new Error("bad");
          }),
          step.run("good", () => "good"),
        ]);
        return [image, ...both.map((each) => each.status)];
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(["down", "rejected", "fulfilled"]);
    expect(ledger.lines).toEqual(["first", "first", "second"]);
  });

  test("a step that nobody catches fails the run; its failure handler learns why", async () => {
    const app = newApp();
    const { ledger } = app;
    const handled: unknown[] = [];
    const fn = app.client.createFunction(
      {
        id: "fails",
        triggers: { event: app.event("go") },
        retries: 1,
        onFailure: async ({ event, error, step }) => {
          await step.run("tell", () => ledger.note("tell"));
          handled.push({ message: error.message, of: event.data.function_id, order: event.data.event.data });
          return "handled";
        },
      },
      async ({ step }) =>
        step.run("charge", () => {
          ledger.note("charge");
          throw new Error("card refused");
        }),
    );
    await app.start([fn]);
    const failed = await api().outcome(await app.send("go", { id: 7 }));
    expect(failed).toMatchObject({ status: "FAILED", output: { message: "card refused" } });
    const [handler] = await api().outcomes(`${app.id}-fails-failure`, 1);
    expect(handler).toMatchObject({ status: "COMPLETED", output: "handled" });
    expect(handled.at(-1)).toEqual({ message: "card refused", of: `${app.id}-fails`, order: { id: 7 } });
    expect(ledger.lines).toEqual(["charge", "charge", "tell"]);
  });
}
