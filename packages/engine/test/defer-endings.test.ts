import { hashStepId, type Op } from "@stepfast/protocol";
import type { ChangeSet, CommitResult } from "@stepfast/store";
import { describe, expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, failed, memo, ops, RemoteApp, ran, sleep } from "./remote-app.ts";

/* Deferred functions and the ends of the runs that registered them: none of them is lost, whichever way a run ends. */

const DAY_MS = 24 * 3_600_000;

function deferral(id: string, when?: string): Op {
  const opts = { fn_slug: `app-${id}`, input: {}, ...(when ? { when } : {}) };
  return { id: hashStepId(id), op: "DeferAdd", displayName: id, userland: { id }, opts };
}

const whens = ["always", "success", "failure", "cancelled"];

/** A run that registers one deferred function for each `when`, then sleeps for an hour, then ends as it is told to. */
async function deferring(options: { end?: "fails"; config?: object } = {}): Promise<RemoteApp> {
  const app = new RemoteApp({ leaseMs: 30 * DAY_MS });
  const parent = {
    id: "app-parent",
    triggers: [{ event: "go" }],
    retries: 0,
    ...options.config,
    script: (request: Parameters<typeof memo>[0]) => {
      if (memo(request, "first") === undefined)
        return ops(...whens.map((when) => deferral(when, when)), deferral("plain"), ran("first", 1));
      if (memo(request, "nap") === undefined) return ops(sleep("nap", "1h"));
      return options.end === "fails" ? failed("no", true) : complete("done");
    },
  };
  const children = [...whens, "plain"].map((id) => ({ id: `app-${id}`, script: () => complete(id) }));
  await app.register([parent, ...children]);
  await app.send("go");
  return app;
}

async function started(app: RemoteApp): Promise<string[]> {
  const names: string[] = [];
  for (const id of [...whens, "plain"]) {
    for (const run of await app.runs(`app-${id}`)) names.push(`${id} ${run.status}`);
  }
  return names;
}

const always = ["always completed", "plain completed"];

describe("deferred functions", () => {
  it.each([
    { end: undefined, due: "success" },
    { end: "fails" as const, due: "failure" },
  ])("start as their `when` says, after $due", async ({ end, due }) => {
    const app = await deferring(end ? { end } : {});
    await app.clock.advance(DAY_MS);
    expect((await started(app)).sort()).toEqual([...always, `${due} completed`].sort());
  });

  it("start after a run that was cancelled in its sleep", async () => {
    const app = await deferring();
    await app.engine.cancelRun({ runId: (await app.onlyRun("app-parent")).id });
    await settle();
    expect((await started(app)).sort()).toEqual([...always, "cancelled completed"].sort());
  });

  it("start after a run that was cancelled while it waited at a limit", async () => {
    const app = await deferring({ config: { concurrency: [{ limit: 1 }] } });
    const { id } = await app.onlyRun("app-parent");
    const script = app.scripts.get("app-parent");
    // Another run takes the only place, and keeps it.
    app.scripts.set("app-parent", () => new Promise(() => {}));
    await app.send("go");
    if (script) app.scripts.set("app-parent", script);
    await app.clock.advance(2 * 3_600_000);
    expect((await app.store.getRun(id))?.blocked).toBe("gate");
    await app.engine.cancelRun({ runId: id });
    await settle();
    expect((await started(app)).sort()).toEqual([...always, "cancelled completed"].sort());
  });

  it("start after a run whose function is gone was cancelled; they run when they are registered again", async () => {
    const app = await deferring();
    const { id } = await app.onlyRun("app-parent");
    await app.engine.removeApp("app");
    await app.engine.cancelRun({ runId: id });
    await settle();
    expect((await app.store.getRun(id))?.status).toBe("cancelled");
    expect((await started(app)).sort()).toEqual(["always queued", "cancelled queued", "plain queued"]);
    await app.register(
      whens.concat("plain").map((name) => ({ id: `app-${name}`, script: () => complete(name) })),
    );
    await app.clock.advance(60_000);
    expect((await started(app)).sort()).toEqual([...always, "cancelled completed"].sort());
  });

  it("start after the time-out of their run", async () => {
    const app = await deferring({ config: { timeouts: { finish: "10m" } } });
    await app.clock.advance(DAY_MS);
    expect((await started(app)).sort()).toEqual([...always, "cancelled completed"].sort());
  });

  it.each([true, false])(
    "start once where the process dies at the commit of the end (written: %s)",
    async (isWritten) => {
      const app = await deferring({ end: "fails" });
      const commit = app.store.commit.bind(app.store);
      let hasDied = false;
      vi.spyOn(app.store, "commit").mockImplementation(async (changes: ChangeSet): Promise<CommitResult> => {
        const isEnd = changes.runs?.some((run) => run.status === "failed");
        if (!isEnd || hasDied) return commit(changes);
        hasDied = true;
        if (isWritten) await commit(changes);
        app.engine.crash();
        return new Promise<CommitResult>(() => {});
      });
      await app.clock.advance(2 * 3_600_000);
      expect(hasDied).toBe(true);
      const other = app.takeOver();
      await app.clock.advance(60 * DAY_MS);
      await other.start();
      await app.clock.advance(DAY_MS);
      expect((await started(app)).sort()).toEqual([...always, "failure completed"].sort());
    },
  );
});
