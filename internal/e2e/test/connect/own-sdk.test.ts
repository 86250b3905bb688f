import { gatewayLimits } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "../http/api.ts";
import { Gate } from "../http/gate.ts";
import { until } from "../http/patience.ts";
import { ours } from "../http/sdk.ts";
import { CleanUps, devServer } from "../http/world.ts";
import { ConnectedApp } from "./connected-app.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface Connection {
  last_status: { in_flight_requests: number; shutdown_requested: boolean } | null;
}

describe.each([true, false])("stepfast, own thread %s", (isolateExecution) => {
  async function world() {
    const server = await devServer({ connect: { ...gatewayLimits, statusMs: 20 } });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const app = new ConnectedApp(ours, api);
    app.more = { isolateExecution };
    cleanUps.add(() => app.stop());
    return { api, app };
  }

  const status = async (api: Api) =>
    (await api.get<Connection[]>("/v0/connect/envs/default/conns"))[0]?.last_status;

  test("a worker tells what it is at, and that it ends", async () => {
    const { api, app } = await world();
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "slow", triggers: { event: app.event("go") } },
      async ({ step }) => step.run("wait", () => gate.pass()),
    );
    await app.start([fn]);
    await until(
      "an idle worker to tell of itself",
      () => status(api),
      (now) => now?.in_flight_requests === 0,
    );
    const id = await app.send("go");
    await until(
      "what it is at to be told",
      () => status(api),
      (now) => now?.in_flight_requests === 1,
    );
    const stopped = app.stop();
    await until(
      "it to tell that it ends",
      () => status(api),
      (now) => now?.shutdown_requested === true,
    );
    gate.open();
    await stopped;
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED" });
  });

  test("steps are saved over the connection, each before the next begins", async () => {
    const { api, app } = await world();
    const fn = app.client.createFunction(
      { id: "seq", triggers: { event: app.event("go") } },
      async ({ runId, step }) => {
        await step.run("first", () => app.ledger.note("first"));
        const seen = await step.run("second", async () =>
          (await api.trace(runId)).rootSpan.children.map(({ name }) => name),
        );
        await step.run("third", () => app.ledger.note("third"));
        return seen;
      },
    );
    await app.start([fn]);
    const run = await api.outcome(await app.send("go"));
    expect(run.output).toContain("first");
    expect(app.ledger.lines).toEqual(["first", "third"]);
    expect((await api.trace(run.id)).rootSpan.children.map(({ name }) => name)).toEqual([
      "first",
      "second",
      "third",
    ]);
    expect(app.asked(/checkpoint/)).toBe(0);
  });
});
