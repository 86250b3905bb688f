import { expect, test } from "vitest";
import { Gate } from "../gate.ts";
import type { Stage } from "../suite.ts";

/** PROTOCOL §2.3, §5.5, §9: cancellation, deadlines, deferred functions. */
export function endings({ sdk, api, app: newApp }: Stage): void {
  test("an event that matches cancels; a cleanup function learns of it", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      {
        id: "order",
        triggers: { event: app.event("go") },
        cancelOn: [{ event: app.event("void"), match: "data.id" }],
      },
      async ({ step }) => step.sleep("long", "1h"),
    );
    const cleanup = app.client.createFunction(
      {
        id: "cleanup",
        triggers: {
          event: "inngest/function.cancelled",
          if: `event.data.function_id == '${app.id}-order'`,
        },
      },
      ({ event }) => event.data,
    );
    await app.start([fn, cleanup]);
    const [id, other] = [await app.send("go", { id: 1 }), await app.send("go", { id: 2 })];
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    await api().waiting(runId, "sleep");
    await app.send("void", { id: 1 });
    expect(await api().outcome(id)).toMatchObject({ status: "CANCELLED" });
    const [told] = await api().outcomes(`${app.id}-cleanup`, 1);
    expect(told?.output).toMatchObject({
      function_id: `${app.id}-order`,
      run_id: runId,
      event: { data: { id: 1 } },
      error: { message: "function cancelled", name: "Error" },
    });
    const [still] = await api().runsOf(other);
    expect(still?.status).toBe("RUNNING");
    expect((await api().cancel(still?.id ?? "")).status).toBe(204);
  });

  test("a step that runs when its run is cancelled completes, and nothing new starts", async () => {
    const app = newApp();
    const { ledger } = app;
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "busy", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("first", () => ledger.note("first"));
        await step.run("running", async () => {
          await gate.pass();
          return ledger.note("running", 5);
        });
        await step.run("next", () => ledger.note("next"));
      },
    );
    await app.start([fn]);
    const id = await app.send("go");
    await gate.reached;
    const [{ id: runId } = { id: "" }] = await api().runsOf(id);
    expect((await api().cancel(runId)).status).toBe(204);
    expect((await api().run(runId)).status).toBe("RUNNING");
    gate.open();
    expect(await api().ended(runId)).toMatchObject({ status: "CANCELLED" });
    expect(ledger.lines).toEqual(["first", "running"]);
    const { rootSpan } = await api().trace(runId);
    expect(rootSpan.children.map(({ name, status }) => [name, status])).toEqual([
      ["first", "COMPLETED"],
      ["running", "COMPLETED"],
    ]);
    expect((await api().cancel(runId)).status).toBe(409);
  });

  test("a run over its time is cancelled", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "late", triggers: { event: app.event("go") }, timeouts: { finish: "1s" } },
      async ({ step }) => {
        await step.run("first", () => ledger.note("first"));
        await step.sleep("long", "1h");
        await step.run("never", () => ledger.note("never"));
      },
    );
    await app.start([fn]);
    expect(await api().outcome(await app.send("go"))).toMatchObject({ status: "CANCELLED" });
    expect(ledger.lines).toEqual(["first"]);
  });

  test("deferred functions run after the end, however it came; aborted ones do not", async () => {
    const app = newApp();
    const { ledger } = app;
    const undo = sdk.createDefer(app.client, { id: "undo" }, async ({ event, step, parents }) => {
      const { what } = event.data as { what: string };
      await step.run("undo", () => ledger.note(`undo ${what}`));
      return { what, parent: parents[0]?.runId };
    });
    const fn = app.client.createFunction(
      { id: "saga", triggers: { event: app.event("go") }, retries: 0 },
      async ({ step, defer, event }) => {
        const { how } = event.data;
        await step.run("charge", () => ledger.note("charge"));
        const refund = defer("refund", { function: undo, data: { what: `refund ${how}` } });
        await step.run("reserve", () => ledger.note("reserve"));
        const release = defer("release", { function: undo, data: { what: `release ${how}` } });
        if (how === "slow") await step.sleep("long", "1h");
        await step.run("ship", () => {
          if (how === "bad") throw new Error("lost");
        });
        refund.abort();
        if (how === "good") release.abort();
        return how;
      },
    );
    await app.start([undo, fn]);
    const outcome = async (how: string) => api().outcome(await app.send("go", { how }));
    const good = await outcome("good");
    expect(good).toMatchObject({ status: "COMPLETED", output: "good" });
    const half = await outcome("half");
    const bad = await outcome("bad");
    expect(bad.status).toBe("FAILED");
    const slow = await app.send("go", { how: "slow" });
    const [{ id: slowRun } = { id: "" }] = await api().runsOf(slow);
    await api().waiting(slowRun, "sleep");
    await api().cancel(slowRun);
    const undone = await api().outcomes(`${app.id}-undo`, 5);
    expect(undone.map(({ output }) => `${output.what} after ${output.parent}`).sort()).toEqual(
      [
        `release half after ${half.id}`,
        `refund bad after ${bad.id}`,
        `release bad after ${bad.id}`,
        `refund slow after ${slowRun}`,
        `release slow after ${slowRun}`,
      ].sort(),
    );
    expect(undone.every((run) => run.origin === "defer" && run.parent?.runId === run.output.parent)).toBe(
      true,
    );
    const { defers } = await api().trace(good.id);
    expect(defers.map(({ id, status }) => [id, status])).toEqual([
      ["refund", "ABORTED"],
      ["release", "ABORTED"],
    ]);
    expect(ledger.lines.filter((line) => line.startsWith("undo"))).toHaveLength(5);
  });

  test("the end of a run is an event that functions may start on", async () => {
    const app = newApp();
    const seen: { runId: string; result: unknown }[] = [];
    const first = app.client.createFunction(
      { id: "first", triggers: { event: app.event("go") } },
      () => "made",
    );
    const next = app.client.createFunction(
      {
        id: "next",
        triggers: { event: "inngest/function.finished", if: `event.data.function_id == '${app.id}-first'` },
      },
      ({ event }) => {
        const { result, run_id: runId } = event.data as { result: unknown; run_id: string };
        seen.push({ runId, result });
        return "seen";
      },
    );
    await app.start([first, next]);
    const run = await api().outcome(await app.send("go"));
    await api().outcomes(`${app.id}-next`, 1);
    expect(seen).toEqual([{ runId: run.id, result: "made" }]);
  });
}
