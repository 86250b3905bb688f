import { createHash } from "node:crypto";
import { embed } from "@stepfast/server";
import * as official from "inngest-official";
import * as stepfast from "stepfast";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { Gate } from "./gate.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const published = official as unknown as typeof stepfast;

describe.each([
  { sdk: theirs, module: published },
  { sdk: ours, module: stepfast },
])("$sdk.name", ({ sdk, module }) => {
  const { experiment } = module;

  async function newApp(using: Sdk = sdk): Promise<App> {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(using, new Api(server.url));
    cleanUps.add(() => app.stop());
    return app;
  }

  test("steps of a parallel group race", async () => {
    const app = await newApp();
    const slow = new Gate();
    const fn = app.client.createFunction(
      { id: "race", triggers: { event: app.event("go") } },
      async ({ step, group }) => {
        const first = await group.parallel(() =>
          Promise.race([
            step.run("slow", () => slow.pass().then(() => "slow")),
            step.run("quick", () => "quick"),
          ]),
        );
        // Which steps belong together tells traces of the hosted service; elsewhere the steps run all the same.
        return group["~span"]({ id: "end" }, () =>
          step.run("after", () => {
            slow.open();
            return first;
          }),
        );
      },
    );
    await app.start([fn]);
    expect(await app.api.outcome(await app.send("go"))).toMatchObject({
      status: "COMPLETED",
      output: "quick",
    });
  });

  test("an experiment's variant is chosen once, and the same by whoever chooses by the run's id", async () => {
    const app = await newApp();
    const weights = { a: 1, b: 3 };
    const fn = app.client.createFunction(
      { id: "trial", triggers: { event: app.event("go") } },
      async ({ step, group, runId }) => {
        const variants = { a: () => step.run("a", () => "A"), b: () => step.run("b", () => "B") };
        const tried = await group.experiment("by weight", { variants, select: experiment.weighted(weights) });
        await step.sleep("nap", "1s");
        const same = await group.experiment("by value", { variants, select: experiment.bucket("user-7") });
        return { runId, tried, same };
      },
    );
    await app.start([fn]);
    const { status, output } = await app.api.outcome(await app.send("go"));
    expect(status).toBe("COMPLETED");
    const fraction = (text: string) => createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
    const expected = fraction(output.runId) < 1 / 4 ? "a" : "b";
    expect(output.tried).toEqual({
      result: expected.toUpperCase(),
      variant: expected,
      experimentRef: { experimentName: "by weight", variant: expected },
    });
    expect(output.same.variant).toBe(fraction("user-7") < 1 / 2 ? "a" : "b");
  });

  test("a variant without a step, and one that is not there, fail the run", async () => {
    const app = await newApp();
    const fn = app.client.createFunction(
      { id: "odd", retries: 0, triggers: [{ event: app.event("idle") }, { event: app.event("unknown") }] },
      async ({ event, group }) => {
        const select = experiment.fixed(event.name.endsWith("idle") ? "idle" : "gone");
        await group.experiment("trial", { variants: { idle: () => 1 }, select });
      },
    );
    await app.start([fn]);
    const idle = await app.api.outcome(await app.send("idle"));
    expect(idle.status).toBe("FAILED");
    const gone = await app.api.outcome(await app.send("unknown"));
    expect(gone.status).toBe("FAILED");
    expect(JSON.stringify(gone.output)).toContain("gone");
  });

  test("`step` of the module is that of the function that runs, also in code of its own", async () => {
    const app = await newApp();
    const helper = (text: string) => module.step.run(`help ${text}`, () => text);
    const fn = app.client.createFunction(
      { id: "ambient", triggers: { event: app.event("go") } },
      async () => {
        const one = await helper("one");
        const [two, three] = await Promise.all([helper("two"), helper("three")]);
        return [one, two, three];
      },
    );
    await app.start([fn]);
    const run = await app.api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: ["one", "two", "three"] });
  });
});

describe("stepfast", () => {
  test("`step` and `group` of the module work in one process with the engine, for many runs at once", async () => {
    const client = new ours.Inngest({ id: "ambient", logger: quiet });
    const { step, group } = stepfast;
    const fn = client.createFunction({ id: "each", triggers: { event: "go" } }, async ({ event }) => {
      const one = await step.run("one", () => event.data.n);
      await step.sleep("nap", 1_000);
      return group.parallel(() => step.run("two", () => one * 2));
    });
    const embedded = await embed({ client, functions: [fn], db: ":memory:", port: 0 });
    cleanUps.add(() => embedded.close());
    const api = new Api(embedded.url ?? "");
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    await client.send(numbers.map((n) => ({ name: "go", data: { n } })));
    const runs = await until(
      "all runs",
      () => api.runsOfFunction("ambient-each"),
      (all) => all.length === 8 && all.every(({ status }) => status === "COMPLETED"),
    );
    expect(runs.map(({ output }) => output).sort((a, b) => a - b)).toEqual(numbers.map((n) => n * 2));
  });

  test("outside of a function they say so, and weights that cannot be are refused", () => {
    expect(() => stepfast.step.run).toThrow("inside a running function");
    expect(() => stepfast.group.parallel).toThrow("inside a running function");
    expect(() => stepfast.experiment.weighted({ a: -1 })).toThrow("0 or more");
    expect(() => stepfast.experiment.weighted({ a: 0 })).toThrow("more than 0");
  });
});
