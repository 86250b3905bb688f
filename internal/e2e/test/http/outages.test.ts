import type { DevServer } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { Gate } from "./gate.ts";
import { until } from "./patience.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, CleanUps, devServer, temporaryFolder } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

async function server(options: Parameters<typeof devServer>[0] = {}): Promise<DevServer> {
  const made = await devServer(options);
  cleanUps.add(() => made.close({ drainMs: 0 }));
  return made;
}

function newApp(sdk: Sdk, api: Api, options: ConstructorParameters<typeof App>[2] = {}): App {
  const app = new App(sdk, api, options);
  cleanUps.add(() => app.stop());
  return app;
}

const ways = [
  ["with checkpointing", true],
  ["a request a step", false],
] as const;
const sdks = [ours, theirs];
const cases = sdks.flatMap((sdk) => ways.map(([how, checkpointing]) => ({ sdk, how, checkpointing })));

describe.each(cases)("$sdk.name, $how", ({ sdk, checkpointing }) => {
  test("an app that was down finishes its run when it is back", async () => {
    const { url } = await server({ tuning: { retryIntervalMs: 100 } });
    const api = new Api(url);
    const app = newApp(sdk, api, { checkpointing });
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "patient", triggers: { event: app.event("go") }, retries: 20 },
      async ({ step }) => {
        await step.run("first", () => ledger.note("first"));
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return step.run("second", () => ledger.note("second", "done"));
      },
    );
    await app.start([fn]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    await api.waiting(runId, "event");
    await app.stop();
    await app.send("news");
    await api.waiting(runId, "retry");
    await app.serve([fn]);
    expect(await api.ended(runId)).toMatchObject({ status: "COMPLETED" });
    expect(ledger.lines).toEqual(["first", "second"]);
  });

  test("an app that stays away fails the run, and says why", async () => {
    const api = new Api((await server()).url);
    const app = newApp(sdk, api, { checkpointing });
    const fn = app.client.createFunction(
      { id: "gone", triggers: { event: app.event("go") }, retries: 2 },
      () => "never",
    );
    await app.start([fn]);
    await app.stop();
    const run = await api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "FAILED", output: { code: "sdk_unreachable" } });
  });

  test.each([
    ["later", 5],
    ["at once", 0],
  ])(
    "a connection that breaks while a step runs: its first result is refused (called again %s)",
    async (_when, retryIntervalMs) => {
      const api = new Api((await server({ tuning: { retryIntervalMs } })).url);
      const app = newApp(sdk, api, { checkpointing });
      const { ledger } = app;
      const gates = [new Gate(), new Gate()];
      const fn = app.client.createFunction(
        { id: "cut", triggers: { event: app.event("go") } },
        async ({ step }) => {
          const value = await step.run("work", async () => {
            const turn = ledger.count("work");
            ledger.note("work");
            await gates[turn]?.pass();
            return turn;
          });
          await step.run("after", () => ledger.note(`after ${value}`));
          return value;
        },
      );
      await app.start([fn]);
      const id = await app.send("go");
      await gates[0]?.reached;
      await app.stop();
      await app.serve([fn]);
      await gates[1]?.reached;
      gates[0]?.open();
      if (checkpointing) {
        await until(
          "the late report",
          () => app.asked(/checkpoint/),
          (count) => count > 0,
        );
        expect(app.exchanges.find(({ path }) => path.includes("checkpoint"))?.status).toBe(409);
      }
      gates[1]?.open();
      const run = await api.outcome(id);
      expect(run).toMatchObject({ status: "COMPLETED", output: 1 });
      expect(ledger.lines).toEqual(["work", "work", "after 1"]);
    },
  );

  test("a server that is restarted goes on with its runs", async () => {
    const db = `${temporaryFolder(cleanUps)}/main.db`;
    const first = await server({ db });
    const api = new Api(first.url);
    const app = newApp(sdk, api, { checkpointing });
    const { ledger } = app;
    const gate = new Gate();
    const waiting = app.client.createFunction(
      { id: "waiting", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("before", () => ledger.note("before"));
        const news = await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        await step.run("after", () => ledger.note("after"));
        return news?.data.text;
      },
    );
    const working = app.client.createFunction(
      { id: "working", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("one", async () => {
          await gate.pass();
          ledger.note("one");
        });
        await step.run("two", () => ledger.note("two"));
        return "worked";
      },
    );
    await app.start([waiting, working]);
    const id = await app.send("go");
    const run = (await api.runsOf(id)).find((each) => each.function.id.endsWith("-waiting"));
    await api.waiting(run?.id ?? "", "event");
    await gate.reached;
    const closing = first.close();
    gate.open();
    await closing;
    const second = await server({ db, port: first.port });
    expect(second.url).toBe(first.url);
    await app.send("news", { text: "hello" });
    expect(await api.ended(run?.id ?? "")).toMatchObject({ status: "COMPLETED" });
    const [worked] = await api.outcomes(`${app.id}-working`, 1);
    expect(worked).toMatchObject({ status: "COMPLETED", output: "worked" });
    expect((await api.outcomes(`${app.id}-waiting`, 1))[0]?.output).toBe("hello");
    expect(ledger.lines.slice().sort()).toEqual(["after", "before", "one", "two"]);
  });
});
