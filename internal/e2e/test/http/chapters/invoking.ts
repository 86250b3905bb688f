import { expect, test } from "vitest";
import type { Stage } from "../suite.ts";

/** PROTOCOL §5.6: functions that call functions. */
export function invoking({ sdk, api, app: newApp }: Stage): void {
  test("an invoked function's output comes back; its run names its parent", async () => {
    const app = newApp();
    const { ledger } = app;
    const square = app.client.createFunction(
      { id: "square", triggers: { event: app.event("never") } },
      async ({ step, event }) => step.run("square", () => ledger.note("square", event.data.n ** 2)),
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const first = await step.invoke("first", { function: square, data: { n: 3 } });
        const [second, third] = await Promise.all([
          step.invoke("second", { function: square, data: { n: first } }),
          step.invoke("third", { function: square, data: { n: 2 } }),
        ]);
        return [first, second, third];
      },
    );
    await app.start([square, caller]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual([9, 81, 4]);
    expect(ledger.count("square")).toBe(3);
    const children = await api().outcomes(`${app.id}-square`, 3);
    expect(children.map((child) => child.parent?.runId)).toEqual([run.id, run.id, run.id]);
    expect(children[0]?.origin).toBe("invoke");
  });

  test("a callee that fails is a StepError with its message", async () => {
    const app = newApp();
    const failing = app.client.createFunction(
      { id: "failing", triggers: { event: app.event("never") }, retries: 0 },
      () => {
        throw new TypeError("no such order");
      },
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step }) => {
        try {
          await step.invoke("call", { function: failing, data: {} });
        } catch (error) {
          return { isStepError: error instanceof sdk.StepError, message: (error as Error).message };
        }
      },
    );
    await app.start([failing, caller]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual({ isStepError: true, message: "no such order" });
  });

  test("a callee that is missing, or takes too long, is an error that can be caught", async () => {
    const app = newApp();
    const endless = app.client.createFunction(
      { id: "endless", triggers: { event: app.event("never") } },
      async ({ step }) => step.sleep("long", "1h"),
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const missing = sdk.referenceFunction({ functionId: "nobody" });
        const because = (error: Error) => `${error.name}: ${error.message}`;
        return [
          await step.invoke("missing", { function: missing, data: {} }).catch(because),
          await step.invoke("late", { function: endless, data: {}, timeout: "1s" }).catch(because),
        ];
      },
    );
    await app.start([endless, caller]);
    const run = await api().outcome(await app.send("go"));
    expect(run.status).toBe("COMPLETED");
    expect(run.output[0]).toContain(`${app.id}-nobody`);
    expect(run.output[1]).toContain("InngestInvokeTimeoutError");
  });

  test("a callee that is cancelled ends the wait with an error", async () => {
    const app = newApp();
    const endless = app.client.createFunction(
      { id: "endless", triggers: { event: app.event("never") } },
      async ({ step }) => step.sleep("long", "1h"),
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step }) =>
        step.invoke("call", { function: endless, data: {} }).catch((error: Error) => error.message),
    );
    await app.start([endless, caller]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    await api().waiting(runId, "invoke");
    const [child] = await api().runsOfFunction(`${app.id}-endless`);
    await api().waiting(child?.id ?? "", "sleep");
    expect((await api().cancel(child?.id ?? "")).status).toBe(204);
    expect((await api().outcome(id)).output).toContain("cancelled");
  });

  test("a function of another app", async () => {
    const [app, other] = [newApp(), newApp()];
    const greet = other.client.createFunction(
      { id: "greet", triggers: { event: other.event("never") } },
      ({ event }) => `hello ${event.data.name}`,
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step }) =>
        step.invoke("greet", {
          function: sdk.referenceFunction({ functionId: "greet", appId: other.id }),
          data: { name: "world" },
        }),
    );
    await other.start([greet]);
    await app.start([caller]);
    expect((await api().outcome(await app.send("go"))).output).toBe("hello world");
  });
}
