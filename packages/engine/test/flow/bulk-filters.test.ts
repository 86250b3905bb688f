import { omittedValue } from "@stepfast/protocol";
import { makeEvent, makeRun } from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import type { BulkFilter } from "../../src/domain/bulk-job.ts";
import type { JobView } from "../../src/services/jobs/bulk-jobs.ts";
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

const URL = "http://127.0.0.1";
const FUNCTIONS = ["app-a", "app-b", "crm-c"];

/** Runs that sleep: two apps, three functions, made at 0, 10 and 20 seconds. */
async function sleeping(): Promise<{ app: LimitedApp; startedAt: number }> {
  const app = new LimitedApp();
  await app.limit({ id: "app-a" });
  const script = app.scripts.get("app-a");
  const steps = { step: { id: "step", name: "step", runtime: { type: "http" as const, url: `${URL}/app` } } };
  for (const appName of ["app", "crm"]) {
    const own = FUNCTIONS.filter((id) => id.startsWith(appName));
    for (const id of own) if (script) app.scripts.set(id, script);
    const functions = own.map((id) => ({ id, name: id, triggers: [{ event: id }], steps }));
    const url = `${URL}/${appName}`;
    await app.engine.registerRemote({ url, appName, sdk: "js:v0", v: "0.1", functions });
  }
  const startedAt = app.clock.now();
  for (let round = 0; round < 3; round++) {
    for (const id of FUNCTIONS) await app.send(id, { naps: 1_000, round });
    await app.clock.advance(10_000);
  }
  return { app, startedAt };
}

describe("a bulk cancellation is of the runs", () => {
  const cases: [string, (startedAt: number) => BulkFilter, string[]][] = [
    ["of an app", () => ({ appIds: ["crm"] }), ["crm-c 0", "crm-c 1", "crm-c 2"]],
    ["of functions", () => ({ functionIds: ["app-b"] }), ["app-b 0", "app-b 1", "app-b 2"]],
    ["from a time on", (at) => ({ from: at + 15_000 }), ["crm-c 2", "app-a 2", "app-b 2"]],
    ["until a time", (at) => ({ until: at + 5_000 }), ["crm-c 0", "app-a 0", "app-b 0"]],
    ["of a status, if there are any", () => ({ statuses: ["queued"] }), []],
    [
      "for which an expression holds",
      () => ({ expression: "event.data.round == 1 && run.app == 'app'" }),
      ["app-a 1", "app-b 1"],
    ],
    [
      "for which all of it holds",
      (at) => ({
        appIds: ["app"],
        from: at + 5_000,
        statuses: ["running"],
        expression: "event.name == 'app-a'",
      }),
      ["app-a 1", "app-a 2"],
    ],
  ];
  it.each(cases)(
    "%s, and of no other; a dry run counts the same, and does nothing",
    async (_name, filterOf, expected) => {
      const { app, startedAt } = await sleeping();
      const filter = filterOf(startedAt);
      const cancelled = async () => {
        const runs = await app.store.listRuns({ status: ["cancelled"], limit: 400 });
        const events = await app.store.getEvents(runs.map((run) => run.eventId));
        return events.map((event) => `${event.name} ${JSON.parse(event.data).round}`).sort();
      };
      const preview = await app.engine.jobs.preview("cancel", filter);
      expect([preview.matched, preview.runs.length]).toEqual([expected.length, expected.length]);
      expect(await cancelled()).toEqual([]);
      const { id } = await app.engine.jobs.start("cancel", filter, null);
      await app.clock.advance(5_000);
      expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: expected.length });
      expect(await cancelled()).toEqual([...expected].sort());
    },
  );
});

describe("a bulk cancellation that is stopped", () => {
  it("has done what it counted, and does no more", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.send(Array.from({ length: 100 }, () => ({ name: "go", data: { naps: 1_000 } })));
    await app.clock.advance(1_500);
    const cancelled = () => app.store.listRuns({ status: ["cancelled"], limit: 400 });
    let stopping: Promise<JobView> | undefined;
    const commit = app.store.commit.bind(app.store);
    app.store.commit = async (changes) => {
      const result = await commit(changes);
      const isPortion = (changes.messages ?? []).some(({ kind }) => kind === "cancel");
      if (isPortion) stopping ??= started.then(({ id }) => app.engine.jobs.stop(id));
      return result;
    };
    const started = app.engine.jobs.start("cancel", {}, null);
    const { id } = await started;
    await app.clock.advance(10);
    const stopped = await stopping;
    if (!stopped) throw new Error("no portion was done");
    expect(stopped.status).toBe("stopped");
    expect(stopped.matched).toBeGreaterThan(0);
    expect(stopped.matched).toBeLessThan(100);
    await app.clock.advance(30_000);
    expect(await cancelled()).toHaveLength(stopped.matched);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "stopped", matched: stopped.matched });
  });
});

describe("a list of bulk operations", () => {
  it("has all of its kind, page by page, however many of the other stand between them", async () => {
    const app = new LimitedApp();
    const start = async (kind: "cancel" | "replay") => {
      await app.clock.advance(1);
      return (await app.engine.jobs.start(kind, {}, null)).id;
    };
    await app.engine.start();
    const cancellations = [await start("cancel")];
    for (let i = 0; i < 5; i++) await start("replay");
    cancellations.push(await start("cancel"), await start("cancel"));
    const idsOf = async (page: { cursor?: string; limit: number }) =>
      (await app.engine.jobs.list("cancel", page)).map(({ id }) => id);
    expect(await idsOf({ limit: 2 })).toEqual(cancellations.slice(0, 2));
    expect(await idsOf({ limit: 2, cursor: cancellations[1] ?? "" })).toEqual(cancellations.slice(2));
  });
});
