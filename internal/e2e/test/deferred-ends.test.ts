import { createDefer } from "stepfast/experimental";
import { afterEach, describe, expect, test } from "vitest";
import { ConnectedApp } from "./connect/connected-app.ts";
import { Api } from "./http/api.ts";
import { until } from "./http/patience.ts";
import { ours } from "./http/sdk.ts";
import { App, CleanUps, devServer } from "./http/world.ts";

/* The same function ends in each way, called in each way: which of its deferred functions run. Embedded: packages/sdk/test/inline/defers.test.ts. */

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const stages = [
  ["over HTTP", App, false],
  ["over HTTP, with checkpoints", App, true],
  ["of a worker that connects", ConnectedApp, false],
  ["of a worker that connects, with checkpoints", ConnectedApp, true],
] as const;

const ends = ["always", "failure", "cancelled", "success"] as const;

describe.each(stages)("deferred functions, %s", (_how, Transport, checkpointing) => {
  test("run after the ends that they are for", async () => {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const app = new Transport(ours, api, { checkpointing });
    cleanUps.add(() => app.stop());
    const { ledger } = app;
    const late = createDefer(app.client, { id: "late" }, async ({ event }) => {
      const { how, when } = event.data as { how: string; when: string };
      ledger.note(`${how}: ${when}`);
    });
    const fn = app.client.createFunction(
      { id: "work", retries: 0, triggers: { event: app.event("go") } },
      async ({ event, step, defer }) => {
        const { how } = event.data as { how: string };
        for (const when of ends) defer(when, { function: late, data: { how, when }, when });
        await step.run("work", () => "done");
        if (how === "fails") throw new Error("no");
        if (how === "is cancelled") await step.sleep("nap", "1h");
      },
    );
    await app.start([fn, late]);
    const runs = new Map<string, string>();
    for (const how of ["succeeds", "fails", "is cancelled"]) runs.set(how, await app.send("go", { how }));
    const [{ id = "" } = {}] = await api.runsOf(runs.get("is cancelled") ?? "");
    await api.waiting(id, "sleep");
    await api.request("DELETE", `/v1/runs/${id}`);
    for (const eventId of runs.values()) await api.outcome(eventId);
    const expected = [
      "fails: always",
      "fails: failure",
      "is cancelled: always",
      "is cancelled: cancelled",
      "succeeds: always",
      "succeeds: success",
    ];
    await until(
      "the deferred functions",
      async () => ledger.lines.length,
      (count) => count >= expected.length,
    );
    expect([...ledger.lines].sort()).toEqual(expected);
  });
});
