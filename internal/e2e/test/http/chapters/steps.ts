import { expect, test } from "vitest";
import { Gate } from "../gate.ts";
import type { Stage } from "../suite.ts";

/** PROTOCOL §2.3, §3, §4, §5.1, §5.4: triggers, steps in sequence and beside each other. */
export function steps({ checkpoints, api, app: newApp }: Stage): void {
  test("an event starts a run, and its output is what the function returned", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "pay", triggers: { event: app.event("go") } },
      ({ event }) => ({
        doubled: Number(event.data.n) * 2,
        name: event.name,
        id: event.id,
      }),
    );
    await app.start([fn]);
    const id = await app.send("go", { n: 21 });
    const run = await api().outcome(id);
    expect(run).toMatchObject({
      status: "COMPLETED",
      function: { id: `${app.id}-pay` },
      output: { doubled: 42, name: app.event("go"), id },
    });
  });

  test("a trigger's expression chooses", async () => {
    const app = newApp();
    const on = (id: string, condition: string) =>
      app.client.createFunction({ id, triggers: { event: app.event("go"), if: condition } }, () => id);
    await app.start([
      on("large", "event.data.total > 100"),
      on("small", "event.data.total <= 100"),
      on("paid", "event.data.kind == 'paid' && has(event.data.total)"),
    ]);
    const runsFor = async (data: Record<string, unknown>) =>
      (await api().runsOf(await app.send("go", data))).map((run) => run.function.id).sort();
    expect(await runsFor({ total: 500, kind: "paid" })).toEqual([`${app.id}-large`, `${app.id}-paid`]);
    expect(await runsFor({ total: 5 })).toEqual([`${app.id}-small`]);
    expect(await runsFor({ kind: "free" })).toEqual([]);
  });

  test("steps in sequence run once each, whatever lies between them", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "seq", triggers: { event: app.event("go") } },
      async ({ step }) => {
        let sum = 0;
        for (let i = 0; i < 6; i++) {
          sum += await step.run(`add ${i}`, () => ledger.note(`add ${i}`, i));
          await Promise.resolve();
          sum += await step.run("again", () => ledger.note(`again ${i}`, 10));
        }
        return sum;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toBe(75);
    const expected = [0, 1, 2, 3, 4, 5].flatMap((i) => [`add ${i}`, `again ${i}`]);
    expect(ledger.lines).toEqual(expected);
    // A step a checkpoint while one call goes on, or none at all.
    const asked = app.asked(/^\/v1\/checkpoint\/.*\/async$/);
    expect(asked).toBe(checkpoints && app.savesOverApi ? expected.length : 0);
    const { rootSpan } = await api().trace(run.id);
    expect(rootSpan.children.map((span) => span.name)).toEqual(
      expected.map((line) => line.replace(/^again.*/, "again")),
    );
  });

  test("what a step returns comes back through JSON", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "json", triggers: { event: app.event("go") } },
      async ({ step }) => ({
        date: await step.run("date", () => new Date(0)),
        nothing: (await step.run("nothing", () => undefined)) ?? "nothing",
        shaped: await step.run("shaped", () => ({ data: { input: [1], error: null }, type: "data" })),
        text: await step.run("text", () => 'dèjà "vu" ✓ 🚀 \u2028'),
        sum: await step.run("sum", (a: number, b: number) => a + b, 3, 4),
      }),
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual({
      date: "1970-01-01T00:00:00.000Z",
      nothing: "nothing",
      shaped: { data: { input: [1], error: null }, type: "data" },
      text: 'dèjà "vu" ✓ 🚀 \u2028',
      sum: 7,
    });
  });

  test("parallel steps run beside each other, once each, and meet again", async () => {
    const app = newApp();
    const { ledger } = app;
    const [left, right] = [new Gate(), new Gate()];
    const fn = app.client.createFunction(
      { id: "par", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("before", () => ledger.note("before"));
        // Each lets the other pass: in sequence they would stand still for ever.
        const both = await Promise.all([
          step.run("left", async () => {
            right.open();
            await left.pass();
            return ledger.note("left", 1);
          }),
          step.run("right", async () => {
            left.open();
            await right.pass();
            return ledger.note("right", 2);
          }),
          step.sleep("moment", 1),
        ]);
        await step.run("after", () => ledger.note("after"));
        return both.slice(0, 2);
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: [1, 2] });
    expect(ledger.lines.slice().sort()).toEqual(["after", "before", "left", "right"]);
    expect(ledger.lines.at(-1)).toBe("after");
  });

  test("branches of several steps each go on by themselves", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "branches", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const branch = async (name: string) => {
          const first = await step.run(`${name}1`, () => ledger.note(`${name}1`, name));
          return step.run(`${name}2`, () => ledger.note(`${name}2`, `${first}!`));
        };
        return Promise.all([branch("a"), branch("b"), branch("c")]);
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(["a!", "b!", "c!"]);
    expect(ledger.lines.slice().sort()).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
  });

  test("many parallel steps", async () => {
    const app = newApp();
    const { ledger } = app;
    const ids = Array.from({ length: 40 }, (_, i) => i);
    const fn = app.client.createFunction(
      { id: "many", triggers: { event: app.event("go") } },
      async ({ step }) => Promise.all(ids.map((i) => step.run(`s${i}`, () => ledger.note(`s${i}`, i)))),
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(ids);
    expect(ledger.lines.slice().sort()).toEqual(ids.map((i) => `s${i}`).sort());
  });

  test("in race mode the function goes on while a slower step still runs", async () => {
    const app = newApp();
    const { ledger } = app;
    const slow = new Gate();
    const race = (id: string) => ({ id, parallelMode: "race" as const });
    const fn = app.client.createFunction(
      { id: "race", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const winner = await Promise.race([
          step.run(race("slow"), async () => {
            await slow.pass();
            return ledger.note("slow", "slow");
          }),
          step.run(race("fast"), () => ledger.note("fast", "fast")),
        ]);
        await step.run("after", () => {
          slow.open();
          ledger.note("after");
        });
        return winner;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "fast" });
    expect(ledger.count("fast")).toBe(1);
    expect(ledger.count("after")).toBe(1);
    expect(ledger.lines.indexOf("after")).toBeGreaterThan(ledger.lines.indexOf("fast"));
  });

  test("an id used again is another step", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "again", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const seen: number[] = [];
        for (let i = 0; i < 3; i++) seen.push(await step.run("a", () => ledger.note(`a${i}`, i)));
        seen.push(...(await Promise.all([7, 8].map((n) => step.run("b", () => ledger.note(`b${n}`, n))))));
        return seen;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual([0, 1, 2, 7, 8]);
    expect(ledger.lines.slice().sort()).toEqual(["a0", "a1", "a2", "b7", "b8"]);
    const { rootSpan } = await api().trace(run.id);
    const ids = rootSpan.children.map((span) => span.stepId);
    expect(ids.slice(0, 2)).toEqual([
      "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
      "de89bfaf06245091a7873290a793604612302247",
    ]);
    expect(new Set(ids).size).toBe(5);
  });
}
