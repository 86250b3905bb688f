import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { describe, expect, onTestFinished, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { theirs } from "./sdk.ts";
import { StandIn } from "./stand-in.ts";
import { type Stage, tellOf } from "./suite.ts";

/** Runs of every origin, repeated one by one and many at a time. */
function repeats({ sdk, api, app: newApp }: Stage): void {
  async function post<T>(path: string, body: object = {}): Promise<T> {
    const answer = await api().request("POST", path, body);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return ((await answer.json()) as { data: T }).data;
  }

  async function rerun(runId: string, stepId?: string) {
    const body = stepId === undefined ? {} : { fromStep: { stepId } };
    const made = await post<{ runId: string }>(`/v2/runs/${runId}/rerun`, body);
    return api().ended(made.runId);
  }

  test("what was invoked or deferred, and a batch, is repeated by itself", async () => {
    const app = newApp();
    const { ledger } = app;
    const callee = app.client.createFunction(
      { id: "callee", triggers: { event: app.event("never") } },
      async ({ event, step }) => step.run("double", () => ledger.note("double", event.data.n * 2)),
    );
    const later = sdk.createDefer(app.client, { id: "later" }, async ({ event, step }) =>
      step.run("note", () => ledger.note("deferred", event.data)),
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("go") } },
      async ({ step, defer }) => {
        await step.run("before", () => ledger.note("before"));
        defer("later", { function: later, data: { what: "this" } });
        const doubled = await step.invoke("call", { function: callee, data: { n: 4 } });
        return step.run("after", () => ledger.note("after", doubled));
      },
    );
    const batch = app.client.createFunction(
      { id: "batch", triggers: { event: app.event("many") }, batchEvents: { maxSize: 2, timeout: "60s" } },
      async ({ events, step }) => step.run("all", () => events.map(({ data }) => data.n).join(" ")),
    );
    await app.start([callee, later, caller, batch] as never);
    const original = await api().outcome(await app.send("go"));
    const [child] = await api().outcomes(`${app.id}-callee`, 1);
    const [deferred] = await api().outcomes(`${app.id}-later`, 1);
    expect([original.output, child?.output]).toEqual([8, 8]);

    const childAgain = await rerun(child?.id ?? "");
    expect(childAgain).toMatchObject({ status: "COMPLETED", output: 8, origin: "invoke", parent: null });
    const deferredAgain = await rerun(deferred?.id ?? "");
    expect(deferredAgain).toMatchObject({ output: deferred?.output, origin: "defer", parent: null });
    // The caller's invoke is kept, so nothing is invoked; it defers anew.
    const again = await rerun(original.id, "after");
    expect(again.output).toBe(8);
    expect([ledger.count("before"), ledger.count("double"), ledger.count("after")]).toEqual([1, 2, 2]);
    const trace = await api().trace(again.id);
    expect(trace.rootSpan.children.map((span) => [span.name, span.keptFrom])).toEqual([
      ["before", original.id],
      ["call", original.id],
      ["after", undefined],
    ]);
    expect(trace.defers).toMatchObject([{ id: "later", status: "STARTED" }]);

    for (const n of [1, 2]) await app.send("many", { n });
    const [run] = await api().outcomes(`${app.id}-batch`, 1);
    expect((await rerun(run?.id ?? "")).output).toBe("1 2");
    expect((await rerun(run?.id ?? "", "all")).output).toBe("1 2");
  });

  test("a replay does what its dry run has counted, onto the code of today, and links both runs", async () => {
    const app = newApp();
    let version = 1;
    const fn = app.client.createFunction(
      { id: "work", retries: 0, triggers: { event: app.event("go") } },
      async ({ step, event }) => {
        if (version === 1) {
          await step.run("old", () => 1);
          if (event.data.how === "fails") throw new Error("no");
          if (event.data.how === "waits") await step.waitForEvent("news", { event: "never", timeout: "1h" });
        }
        return step.run("new", () => `${version} ${event.data.how}`);
      },
    );
    await app.start([fn]);
    const functionId = `${app.id}-work`;
    const sent: string[] = [];
    for (const how of ["fails", "waits", "works"]) sent.push(await app.send("go", { how }));
    const [waiting] = await api().runsOf(sent[1] ?? "");
    await api().waiting(waiting?.id ?? "", "event");
    await api().cancel(waiting?.id ?? "");
    const originals = await api().outcomes(functionId, 3);
    expect(originals.map(({ status }) => status)).toEqual(["FAILED", "CANCELLED", "COMPLETED"]);
    version = 2;
    const filter = { functionId: [functionId], status: ["FAILED", "CANCELLED"] };
    const counted = await post<{ matched: number }>("/v2/replays", { ...filter, dryRun: true });
    expect(counted).toMatchObject({ matched: 2, isComplete: true });
    const job = await post<{ id: string }>("/v2/replays", filter);
    const done = await until(
      "the replay",
      () => api().get<{ status: string; matched: number }>(`/v2/replays/${job.id}`),
      ({ status }) => status === "completed",
    );
    expect(done.matched).toBe(2);
    const runs = await api().outcomes(functionId, 5);
    expect(runs.slice(3).map(({ output }) => output)).toEqual(["2 fails", "2 waits"]);
    for (const [index, run] of runs.slice(3).entries()) {
      const { fork, rootSpan } = await api().trace(run.id);
      expect(fork).toMatchObject({ of: { runId: originals[index]?.id }, by: "replay", job: job.id });
      expect(rootSpan.children.map(({ name }) => name)).toEqual(["new"]);
      const { forks } = await api().trace(originals[index]?.id ?? "");
      expect(forks).toMatchObject([{ runId: run.id, by: "replay", job: job.id, fromStep: null }]);
    }
    // What is kept is nothing to code that does not ask for it.
    const again = await rerun(originals[2]?.id ?? "", "new");
    expect([again.status, again.output]).toEqual(["COMPLETED", "2 works"]);
  });

  test("a paused function holds its reruns and replays, also where it skips events", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "work", triggers: { event: app.event("go") } },
      async ({ step }) => step.run("a", () => app.ledger.note("a", "done")),
    );
    await app.start([fn]);
    const original = await api().outcome(await app.send("go"));
    const path = `/v2/apps/${app.id}/functions/work`;
    await post(`${path}/pause`, { events: "skip" });
    const whole = await post<{ runId: string }>(`/v2/runs/${original.id}/rerun`);
    const fromStep = { stepId: "a", input: ["x"] };
    const forked = await post<{ runId: string }>(`/v2/runs/${original.id}/rerun`, { fromStep });
    await post("/v2/replays", { functionId: [`${app.id}-work`] });
    const runs = await until(
      "the runs",
      () => api().runsOfFunction(`${app.id}-work`),
      (found) => found.length === 4,
    );
    expect(runs.map(({ status }) => status)).toEqual(["COMPLETED", "QUEUED", "QUEUED", "QUEUED"]);
    expect(app.ledger.count("a")).toBe(1);
    await post(`${path}/resume`);
    const outcomes = await api().outcomes(`${app.id}-work`, 4);
    expect(outcomes.map(({ output }) => output)).toEqual(["done", "done", "done", "done"]);
    expect([whole.runId, forked.runId].every((id) => outcomes.some((run) => run.id === id))).toBe(true);
  });
}

tellOf(theirs, { repeats });

describe("in one process", () => {
  test("an edited step, and an edited request, are what the run goes on from; both traces show the fork", async () => {
    const cleanUps = { add: (cleanUp: () => unknown) => onTestFinished(() => void cleanUp()) };
    const there = await StandIn.start(cleanUps, ({ body }, response) => response.end(body));
    const client = new Inngest({ id: "shop", isDev: true, logger: quiet });
    const seen: string[] = [];
    const fn = client.createFunction({ id: "work", triggers: { event: "go" } }, async ({ step }) => {
      const a = await step.run("a", () => `a${seen.push("a")}`);
      const b = await step.run(
        "b",
        (text: string) => {
          if (seen.push(`b ${text}`) && text === "edited" && seen.length < 2) throw new Error("once");
          return text;
        },
        "own",
      );
      const model = { url: there.url, format: "openai-chat" };
      const answer = (await step.ai.infer("ask", { model, body: { q: b } })) as { q: string };
      return `${a} ${b} ${answer.q}`;
    });
    const options = { client, functions: [fn], db: ":memory:", port: 0, retryIntervalMs: 5, pollMs: 20 };
    const here = await embed(options);
    cleanUps.add(() => here.close());
    const api = new Api(here.url ?? "");
    const { ids } = await client.send({ name: "go", data: {} });
    const original = await api.outcome(ids[0] ?? "");
    expect(original.output).toBe("a1 own own");
    seen.length = 0;
    const from = { stepId: "b", input: ["edited"] };
    const { runId } = await here.engine.rerun({ runId: original.id, from });
    expect((await api.ended(runId)).output).toBe("a1 edited edited");
    expect(seen).toEqual(["b edited", "b edited"]);
    const { fork, rootSpan } = await api.trace(runId);
    expect(fork).toMatchObject({ of: { runId: original.id }, keptSteps: 1 });
    expect(fork?.fromStep).toMatchObject({ id: "b", edited: true, input: ["edited"] });
    expect(rootSpan.children.map((span) => span.keptFrom ?? span.isForkPoint ?? null)).toEqual([
      original.id,
      true,
      null,
    ]);
    const asked = await here.engine.rerun({ runId, from: { stepId: "ask", input: [{ q: "else" }] } });
    expect((await api.ended(asked.runId)).output).toBe("a1 edited else");
    const { forks } = await api.trace(original.id);
    expect(forks).toMatchObject([
      { runId: asked.runId, of: runId, keptSteps: 2 },
      { runId, of: original.id },
    ]);
  });
});
