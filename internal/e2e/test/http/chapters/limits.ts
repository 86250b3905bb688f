import { expect, test } from "vitest";
import type { Stage } from "../suite.ts";

/** SDK §3, SERVER §2: when runs start, and which do not. */
export function limits({ api, app: newApp }: Stage): void {
  // tidy: allow work that takes its time, so that others could begin beside it
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const because = (error: Error) => error.message;

  test("concurrency: one at a time for each key, and keys do not wait for each other", async () => {
    const app = newApp();
    const busy = new Map<string, number>();
    const peaks = new Map<string, number>();
    const fn = app.client.createFunction(
      {
        id: "import",
        triggers: { event: app.event("go") },
        concurrency: { limit: 1, key: "event.data.user" },
      },
      async ({ step, event }) => {
        const { user } = event.data;
        const work = async () => {
          busy.set(user, (busy.get(user) ?? 0) + 1);
          peaks.set(user, Math.max(peaks.get(user) ?? 0, busy.get(user) ?? 0));
          await pause(20);
          busy.set(user, (busy.get(user) ?? 0) - 1);
        };
        await Promise.all([step.run("one", work), step.run("two", work)]);
      },
    );
    await app.start([fn]);
    await Promise.all(["a", "a", "b", "a"].map((user) => app.send("go", { user })));
    const runs = await api().outcomes(`${app.id}-import`, 4);
    expect(runs.map((run) => run.status)).toEqual(Array(4).fill("COMPLETED"));
    expect([...peaks]).toEqual(
      expect.arrayContaining([
        ["a", 1],
        ["b", 1],
      ]),
    );
  });

  test("throttle: limit and burst at once, then one after the other; steps are not throttled", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "call", triggers: { event: app.event("go") }, throttle: { limit: 1, burst: 1, period: "1s" } },
      async ({ step }) => {
        await step.run("start", () => true);
        await step.run("more", () => true);
      },
    );
    await app.start([fn]);
    for (let n = 0; n < 4; n++) await app.send("go");
    const runs = await api().outcomes(`${app.id}-call`, 4);
    expect(runs.map((run) => run.status)).toEqual(Array(4).fill("COMPLETED"));
    const [first = 0, , third = 0, fourth = 0] = runs.map((run) => Date.parse(run.startedAt ?? ""));
    expect(third - first).toBeGreaterThanOrEqual(1_000);
    expect(fourth - first).toBeGreaterThanOrEqual(2_000);
  });

  test("rateLimit: what is over it is recorded as skipped; an invoking run hears of it", async () => {
    const app = newApp();
    const limited = app.client.createFunction(
      { id: "limited", triggers: { event: app.event("go") }, rateLimit: { limit: 2, period: "1h" } },
      () => "ran",
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("call") } },
      ({ step }) => step.invoke("call", { function: limited, data: {} }).catch(because),
    );
    await app.start([limited, caller]);
    const ids = [await app.send("go"), await app.send("go"), await app.send("go")];
    const runs = await Promise.all(ids.map((id) => api().outcome(id)));
    expect(runs.map((run) => run.status)).toEqual(["COMPLETED", "COMPLETED", "SKIPPED"]);
    expect(runs[2]?.output).toEqual({ reason: "rate_limit", existingRunId: null });
    const called = await api().outcome(await app.send("call"));
    expect(called.output).toMatch(/rate limited/);
  });

  test("debounce: the last event starts the run; an invoking run gets its result, or hears who took its place", async () => {
    const app = newApp();
    const saved = app.client.createFunction(
      { id: "saved", triggers: { event: app.event("go") }, debounce: { period: "1s" } },
      ({ event }) => event.data.n,
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("call") } },
      ({ step }) => step.invoke("call", { function: saved, data: { n: 9 } }).catch(because),
    );
    await app.start([saved, caller]);
    for (let n = 0; n < 3; n++) await app.send("go", { n });
    const runs = await api().outcomes(`${app.id}-saved`, 3);
    const outputs = runs.map((run) => run.output);
    expect(outputs.filter((output) => output === 2)).toHaveLength(1);
    expect(outputs.filter((output) => output.reason === "debounce")).toHaveLength(2);
    const [one, two] = await Promise.all([app.send("call"), app.send("call")]);
    const called = (await Promise.all([api().outcome(one), api().outcome(two)])).map((run) => run.output);
    expect(called).toContain(9);
    expect(called.find((output) => output !== 9)).toMatch(/debounced/);
  });

  test("batchEvents: a full batch, and one whose time is over; an invoked run is not batched", async () => {
    const app = newApp();
    const batched = app.client.createFunction(
      { id: "batched", triggers: { event: app.event("go") }, batchEvents: { maxSize: 3, timeout: "1s" } },
      ({ events, step }) => step.run("all", () => events.map((event) => event.data.n)),
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("call") } },
      ({ step }) => step.invoke("call", { function: batched, data: { n: "invoked" } }),
    );
    await app.start([batched, caller]);
    // Together: four requests may take longer than the batch waits.
    await app.client.send([0, 1, 2, 3].map((n) => ({ name: app.event("go"), data: { n } })));
    const runs = await api().outcomes(`${app.id}-batched`, 2);
    expect(runs.map((run) => run.output)).toEqual([[0, 1, 2], [3]]);
    expect((await api().outcome(await app.send("call"))).output).toEqual(["invoked"]);
  });

  test("singleton: one at a time is kept, or the last one; an invoking run hears of it", async () => {
    const app = newApp();
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const only = app.client.createFunction(
      { id: "only", triggers: { event: app.event("go") }, singleton: { mode: "skip" } },
      async ({ step }) => step.run("wait", () => finished.then(() => "done")),
    );
    const last = app.client.createFunction(
      { id: "last", triggers: { event: app.event("go") }, singleton: { mode: "cancel" } },
      async ({ step, event }) => {
        if (event.data.n === 0) await step.sleep("long", "1h");
        return event.data.n;
      },
    );
    const caller = app.client.createFunction(
      { id: "caller", triggers: { event: app.event("call") } },
      ({ step }) => step.invoke("call", { function: only, data: {} }).catch(because),
    );
    await app.start([only, last, caller]);
    await app.send("go", { n: 0 });
    await app.send("go", { n: 1 });
    const lasts = await api().outcomes(`${app.id}-last`, 2);
    expect(lasts.map((run) => run.status)).toEqual(["CANCELLED", "COMPLETED"]);
    expect((await api().outcome(await app.send("call"))).output).toMatch(/singleton/);
    finish();
    const onlys = await api().outcomes(`${app.id}-only`, 3);
    expect(onlys.map((run) => run.status)).toEqual(["COMPLETED", "SKIPPED", "SKIPPED"]);
    expect(onlys[1]?.output).toEqual({ reason: "singleton", existingRunId: onlys[0]?.id });
  });

  test("priority: who is more urgent goes first, also if its number comes straight from JSON", async () => {
    const app = newApp();
    const order: number[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const fn = app.client.createFunction(
      {
        id: "urgent",
        triggers: { event: app.event("go") },
        concurrency: 1,
        priority: { run: "event.data.rank" },
      },
      async ({ event }) => {
        order.push(event.data.rank);
        await begun;
      },
    );
    await app.start([fn]);
    for (const rank of [0, 10, 60.5, 120]) await app.send("go", { rank });
    begin();
    await api().outcomes(`${app.id}-urgent`, 4);
    expect(order).toEqual([0, 120, 60.5, 10]);
  });
}
