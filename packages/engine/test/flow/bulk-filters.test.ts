import { omittedValue } from "@stepfast/protocol";
import { makeEvent, makeRun } from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import { LimitedApp } from "./limited-app.ts";

const long = "x".repeat(1_500_000);

/** Runs that have ended, with these outputs and data of events. */
async function ended(given: { id: string; output: unknown; data?: unknown }[]): Promise<LimitedApp> {
  const app = new LimitedApp();
  await app.limit({ id: "app-fn" });
  for (const { id, output, data = {} } of given) {
    const text = typeof output === "string" ? output : JSON.stringify(output);
    const facts = { functionId: "app-fn", appId: "app", status: "completed", endedAt: 1 } as const;
    await app.store.commit({
      events: [makeEvent({ id: `e-${id}`, name: "go", data: JSON.stringify(data) })],
      newRuns: [makeRun({ id, eventId: `e-${id}`, output: text, queuedAt: 0, ...facts })],
    });
  }
  return app;
}

async function replayed(app: LimitedApp, expression: string) {
  const filter = { functionIds: ["app-fn"], statuses: ["completed" as const], expression };
  const preview = await app.engine.jobs.preview("replay", filter);
  const { id } = await app.engine.jobs.start("replay", filter, null);
  await app.clock.advance(60_000);
  const job = await app.engine.jobs.get(id);
  expect(job).toMatchObject({ status: "completed", matched: preview.matched, unjudged: preview.unjudged });
  expect(preview.unjudgedRuns).toEqual(job.unjudgedRuns);
  const repeats = (await app.runs("app-fn")).flatMap((run) => run.originalRunId ?? []);
  return { repeats: repeats.sort(), unjudged: job.unjudgedRuns };
}

describe("a bulk operation's expression", () => {
  it("sees outputs that lists leave out", async () => {
    const app = await ended([
      { id: "r1", output: { long, kind: "yes" } },
      { id: "r2", output: { long, kind: "no" } },
      { id: "r3", output: { kind: "yes" } },
    ]);
    expect(await replayed(app, "output.kind == 'yes'")).toEqual({ repeats: ["r1", "r3"], unjudged: [] });
  });

  it("sees large data of events, and reads none of it where it is about something else", async () => {
    const app = await ended([
      { id: "r1", output: null, data: { long, no: 1 } },
      { id: "r2", output: null, data: { long, no: 2 } },
      ...Array.from({ length: 20 }, (_, no) => ({ id: `s${no}`, output: null, data: { no } })),
    ]);
    const atOnce: number[] = [];
    const getEvents = app.store.getEvents.bind(app.store);
    app.store.getEvents = (ids) => {
      atOnce.push(ids.length);
      return getEvents(ids);
    };
    const filter = { functionIds: ["app-fn"], statuses: ["completed" as const] };
    const preview = (expression: string) => app.engine.jobs.preview("replay", { ...filter, expression });
    expect((await preview("run.id == 'r2'")).runs.map((run) => run.id)).toEqual(["r2"]);
    expect(atOnce).toEqual([]);
    expect((await preview("event.data.no >= 2")).matched).toBe(19);
    // Whatever they hold, never all of them.
    expect(atOnce.length).toBeGreaterThan(2);
    expect(Math.max(...atOnce)).toBeLessThan(22);
  });

  it("names the runs of which nobody can say whether it holds", async () => {
    const app = await ended([
      { id: "r1", output: omittedValue(70_000_000) },
      { id: "r2", output: { list: new Array(200_000).fill(1) } },
      { id: "r3", output: { list: [1, 2] } },
      { id: "r4", output: { other: true } },
    ]);
    const answer = await replayed(app, "output.list.exists(each, each == 2)");
    expect(answer).toEqual({ repeats: ["r3"], unjudged: ["r1", "r2"] });
  });
});
