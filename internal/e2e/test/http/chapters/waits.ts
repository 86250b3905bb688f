import { expect, test } from "vitest";
import type { Stage } from "../suite.ts";

const soonMs = () => new Date(Date.now() + 1_100);

/** PROTOCOL §5.2, §5.6: sleeps, events, signals. */
export function waits({ api, app: newApp }: Stage): void {
  test("a sleep lasts its time and costs no step twice", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "sleep", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const before = await step.run("before", () => ledger.note("before", Date.now()));
        await step.sleep("nap", "1s");
        await step.sleepUntil("past", new Date(0));
        return (await step.run("after", () => ledger.note("after", Date.now()))) - before;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.status).toBe("COMPLETED");
    expect(run.output).toBeGreaterThanOrEqual(999);
    expect(ledger.lines).toEqual(["before", "after"]);
  });

  test("a sleep until a moment ends then", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "until", triggers: { event: app.event("go") } },
      async ({ step, event }) => {
        await step.sleepUntil("moment", event.data.at);
        return Date.now() - Date.parse(event.data.at);
      },
    );
    await app.start([fn]);
    const id = await app.send("go", { at: soonMs().toISOString() });
    const [run] = await api().runsOf(id);
    const waiting = await api().waiting(run?.id ?? "", "sleep");
    expect(waiting.waiting).toMatchObject([{ kind: "sleep", step: "moment" }]);
    const ended = await api().outcome(id);
    expect(ended.output).toBeGreaterThanOrEqual(0);
  });

  test("an event that matches ends the wait, others do not, and time ends it with null", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "wait", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const paid = await step.waitForEvent("paid", {
          event: app.event("paid"),
          timeout: "1h",
          match: "data.id",
        });
        const shipped = await step.waitForEvent("shipped", {
          event: app.event("shipped"),
          timeout: "1h",
          if: "async.data.weight > 5 && async.data.id == event.data.id",
        });
        const never = await step.waitForEvent("never", { event: app.event("never"), timeout: "1s" });
        return { paid: paid?.data, name: paid?.name, shipped: shipped?.data, never };
      },
    );
    await app.start([fn]);
    const id = await app.send("go", { id: 7 });
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    await api().waiting(runId, "event");
    await app.send("paid", { id: 8 });
    await app.send("paid", { id: "7" });
    expect((await api().run(runId)).waiting).toMatchObject([{ kind: "event", name: app.event("paid") }]);
    await app.send("paid", { id: 7, amount: 3 });
    await api().waiting(runId, "event");
    await app.send("shipped", { id: 7, weight: 1 });
    await app.send("shipped", { id: 7, weight: 9 });
    const run = await api().outcome(id);
    expect(run).toMatchObject({
      status: "COMPLETED",
      output: {
        paid: { id: 7, amount: 3 },
        name: app.event("paid"),
        shipped: { id: 7, weight: 9 },
        never: null,
      },
    });
  });

  test("an event sent beside the wait for it is not missed", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "beside", triggers: { event: app.event("go") } },
      async ({ step, runId }) => {
        const [, answer] = await Promise.all([
          step.sendEvent("ask", { name: app.event("ask"), data: { runId } }),
          step.waitForEvent("answer", {
            event: app.event("answer"),
            timeout: "1h",
            if: `async.data.runId == "${runId}"`,
          }),
        ]);
        return answer?.data.text;
      },
    );
    const answering = app.client.createFunction(
      { id: "answering", triggers: { event: app.event("ask") } },
      async ({ step, event }) => {
        await step.sendEvent("answer", {
          name: app.event("answer"),
          data: { runId: event.data.runId, text: "hello" },
        });
      },
    );
    await app.start([fn, answering]);
    expect((await api().outcome(await app.send("go"))).output).toBe("hello");
  });

  test("events sent by a step start runs; the step knows their ids", async () => {
    const app = newApp();
    const sender = app.client.createFunction(
      { id: "sender", triggers: { event: app.event("go") } },
      async ({ step }) =>
        step.sendEvent("two", [
          { name: app.event("child"), data: { n: 1 } },
          { name: app.event("child"), data: { n: 2 } },
        ]),
    );
    const child = app.client.createFunction(
      { id: "child", triggers: { event: app.event("child") } },
      ({ event }) => event.data.n,
    );
    await app.start([sender, child]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output.ids).toHaveLength(2);
    for (const [i, id] of run.output.ids.entries()) {
      expect((await api().outcome(id)).output).toBe(i + 1);
    }
    expect(await api().outcomes(`${app.id}-child`, 2)).toHaveLength(2);
  });

  test("a signal reaches who waits for it; without one time passes", async () => {
    const app = newApp();
    const waiter = app.client.createFunction(
      { id: "waiter", triggers: { event: app.event("go") } },
      async ({ step, event }) => {
        const signal = event.data.signal;
        const got = await step.waitForSignal("got", { signal, timeout: "1h", onConflict: "fail" });
        const none = await step.waitForSignal("none", {
          signal: `${signal}-none`,
          timeout: "1s",
          onConflict: "fail",
        });
        return { got, none };
      },
    );
    const sender = app.client.createFunction(
      { id: "sender", triggers: { event: app.event("send") } },
      async ({ step, event }) =>
        step.sendSignal("send", { signal: event.data.signal, data: { approved: true } }),
    );
    await app.start([waiter, sender]);
    const signal = app.event("task");
    const id = await app.send("go", { signal });
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    await api().waiting(runId, "signal");
    const sent = await api().outcome(await app.send("send", { signal }));
    expect(sent.output).toEqual({ runId });
    const run = await api().outcome(id);
    expect(run).toMatchObject({
      status: "COMPLETED",
      output: { got: { signal, data: { approved: true } }, none: null },
    });
    const nobody = await api().outcome(await app.send("send", { signal }));
    expect(nobody).toMatchObject({ status: "COMPLETED" });
    expect(nobody.output.runId ?? null).toBeNull();
  });

  test("a second waiter for a signal fails, or takes it over", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "waiter", triggers: { event: app.event("go") }, retries: 0 },
      async ({ step, event }) => {
        const { signal, onConflict, timeout } = event.data;
        return step.waitForSignal("got", { signal, timeout, onConflict });
      },
    );
    await app.start([fn]);
    const signal = app.event("task");
    const first = await app.send("go", { signal, onConflict: "fail", timeout: "2s" });
    await api().waiting((await api().runsOf(first))[0]?.id ?? "", "signal");
    const second = await app.send("go", { signal, onConflict: "fail", timeout: "1h" });
    const refused = await api().outcome(second);
    expect(refused.status).toBe("FAILED");
    const third = await app.send("go", { signal, onConflict: "replace", timeout: "1h" });
    await api().waiting((await api().runsOf(third))[0]?.id ?? "", "signal");
    const { status } = await api().request("POST", "/v1/signals", { signal, data: 3 });
    expect(status).toBe(200);
    expect((await api().outcome(third)).output).toEqual({ signal, data: 3 });
    expect(await api().outcome(first)).toMatchObject({ status: "COMPLETED", output: null });
  });
}
