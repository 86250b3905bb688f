import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { main } from "stepfast-cli";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy, modes, type World, worldOf } from "./modes.ts";
import { temporaryFolder } from "./world.ts";

describe.each(modes)("operators of a server in %s mode", (mode) => {
  let world: World;
  let cwd: string;
  const bodies: string[] = [];
  const cancelled: { run_id: string; function_id: string }[] = [];

  beforeAll(async () => {
    world = await worldOf(mode);
    cwd = temporaryFolder(world.cleanUps);
    const { app } = world;
    await deploy(world, [
      app.client.createFunction(
        { id: "work", retries: 0, triggers: { event: app.event("go") } },
        async ({ step, event }) => {
          const first = await step.run("first", () => {
            bodies.push(`first ${event.data.name}`);
            return event.data.name as string;
          });
          if (event.data.naps) await step.sleep("nap", "1h");
          return await step.run("second", async (text: string) => `${text}!`, first);
        },
      ),
      app.client.createFunction(
        {
          id: "cleanup",
          triggers: {
            event: "inngest/function.cancelled",
            if: `event.data.function_id == "${app.id}-work"`,
          },
        },
        async ({ event }) => void cancelled.push(event.data as { run_id: string; function_id: string }),
      ),
    ]);
  });
  afterAll(() => world.cleanUps.run());

  async function printed(...args: string[]) {
    let out = "";
    const told: string[] = [];
    const code = await main(args, {
      env: {
        STEPFAST_URL: world.api.url,
        ...(world.key === undefined ? {} : { STEPFAST_SIGNING_KEY: world.key }),
      },
      cwd,
      print: (text) => {
        out += text;
      },
      io: { tell: (line) => void told.push(line), untilStopped: async () => "SIGINT", color: false },
      run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
    });
    return { code, out, told: told.join("\n") };
  }

  async function stepfast(...args: string[]) {
    const { code, out, told } = await printed(...args, "--json");
    return { code, value: out === "" ? undefined : JSON.parse(out), told };
  }

  const send = async (data: object) => {
    const { app } = world;
    const { value } = await stepfast("send", app.event("go"), "--data", JSON.stringify(data));
    const [run] = await world.api.runsOf(value.eventId);
    return run?.id ?? "";
  };
  const viewOf = async (runId: string) => (await stepfast("runs", "get", runId)).value.run;

  test("cancel all runs that match, after having counted them; each is announced once", async () => {
    const { api, app } = world;
    const runs: string[] = [];
    for (const name of ["a", "b", "c"]) runs.push(await send({ name, naps: true }));
    for (const runId of runs) await api.waiting(runId, "sleep");
    const filter = ["--function", `${app.id}-work`, "--where", 'event.data.name != "c"'];
    const counted = await stepfast("runs", "cancel", ...filter, "--dry-run");
    expect(counted.value).toMatchObject({ dryRun: true, matched: 2, isComplete: true });
    const done = await stepfast("runs", "cancel", ...filter, "--reason", "by mistake");
    expect(done).toMatchObject({ code: 0, value: { kind: "cancel", status: "completed", matched: 2 } });
    for (const runId of runs.slice(0, 2)) {
      await api.ended(runId);
      const run = await viewOf(runId);
      expect(run).toMatchObject({ status: "CANCELLED", cancelRequested: { reason: "by mistake" } });
    }
    expect((await viewOf(runs[2] ?? "")).status).toBe("RUNNING");
    await expect.poll(() => cancelled.map((data) => data.run_id).sort()).toEqual(runs.slice(0, 2).sort());
    const listed = await stepfast("runs", "operations");
    expect(listed.value).toContainEqual(done.value);
    expect((await stepfast("runs", "stop", done.value.id)).value.status).toBe("completed");
    expect((await stepfast("runs", "cancel")).code).toBe(2);
  });

  test("replay cancelled runs", async () => {
    const { app, api } = world;
    const before = await stepfast("runs", "list", "--status", "cancelled");
    const count = before.value.length;
    const replay = await stepfast("runs", "replay", "--function", `${app.id}-work`, "--status", "cancelled");
    expect(replay.value).toMatchObject({ kind: "replay", status: "completed", matched: count });
    const again = await stepfast("runs", "replay", "--status", "cancelled", "--skip-repeated", "--dry-run");
    expect(again.value).toMatchObject({ matched: 0, isComplete: true });
    const runs = await stepfast("runs", "list", "--status", "running", "--function", `${app.id}-work`);
    const repeats = runs.value.filter((run: { originalRunId: string | null }) => run.originalRunId !== null);
    const originals = before.value.map((run: { id: string }) => run.id);
    await expect
      .poll(async () => {
        const now = await stepfast("runs", "list", "--function", `${app.id}-work`, "--limit", "100");
        return now.value
          .map((run: { originalRunId: string | null }) => run.originalRunId)
          .filter((id: string | null) => id !== null)
          .sort();
      })
      .toEqual(originals.sort());
    for (const run of repeats) await api.waiting(run.id, "sleep");
    for (const run of repeats) {
      expect((await viewOf(run.id)).fork).toMatchObject({
        of: { runId: run.originalRunId, status: "CANCELLED" },
        by: "replay",
        job: replay.value.id,
        fromStep: null,
        keptSteps: 0,
      });
    }
    await stepfast("runs", "cancel", ...repeats.map((run: { id: string }) => run.id));
  });

  test("rerun a run, and rerun it from a step with other input", async () => {
    const { api } = world;
    const runId = await send({ name: "d" });
    await api.ended(runId);
    const again = await stepfast("runs", "rerun", runId);
    await api.ended(again.value.runId);
    expect(bodies.filter((body) => body === "first d")).toHaveLength(2);
    const fork = await stepfast("runs", "rerun", runId, "--from-step", "second", "--input", '["other"]');
    await api.ended(fork.value.runId);
    expect(await viewOf(fork.value.runId)).toMatchObject({
      status: "COMPLETED",
      output: "other!",
      originalRunId: runId,
      fork: {
        of: { runId, status: "COMPLETED" },
        by: "rerun",
        fromStep: { id: "second", edited: true },
        keptSteps: 1,
      },
    });
    const shown = (await printed("runs", "get", fork.value.runId)).out;
    expect(shown).toContain(`${runId}  rerun from step "second", with other input, 1 step kept`);
    expect(shown).toMatch(new RegExp(`first .* kept from ${runId}`));
    expect(shown).toMatch(/second .* <- begins here/);
    const repeated = [again.value.runId, fork.value.runId];
    expect((await printed("runs", "get", runId)).out).toMatch(
      new RegExp(`Repeated by:\\n.*${repeated[1]} .*\\n.*${repeated[0]}  rerun\\n`),
    );
    const { trace } = (await stepfast("runs", "get", runId)).value;
    expect(trace.forks.map((each: { runId: string }) => each.runId)).toEqual([...repeated].reverse());
    const listed = (await stepfast("runs", "list", "--original", runId)).value;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([...repeated].reverse());
    expect(bodies.filter((body) => body === "first d")).toHaveLength(2);
    const unknown = await stepfast("runs", "rerun", runId, "--from-step", "third");
    expect(unknown).toMatchObject({ code: 1, told: expect.stringContaining("step_not_found") });
  });

  test("export ended runs, over the API and to a file", async () => {
    const { api, app } = world;
    const runId = await send({ name: "kept" });
    await api.ended(runId);
    const search = 'event.data.name == "kept"';
    const answer = await api.request(
      "GET",
      `/v2/archive?search=${encodeURIComponent(search)}&status=completed`,
    );
    const line = JSON.parse(await answer.text());
    expect(line).toMatchObject({
      v: 1,
      run: { id: runId, functionId: `${app.id}-work`, status: "completed", output: "kept!" },
      events: [{ name: app.event("go"), data: { name: "kept" } }],
      steps: [
        { userId: "first", status: "completed", output: { data: "kept" } },
        { userId: "second", output: { data: "kept!" } },
      ],
      attempts: [],
    });
    const file = join(cwd, "kept.jsonl.gz");
    const exported = await stepfast("export", "--to", file, "--search", search, "--status", "completed");
    expect(exported).toMatchObject({ code: 0, value: { file, runs: 1 } });
    expect(JSON.parse(gunzipSync(readFileSync(file)).toString())).toEqual(line);
    expect((await stepfast("export", "--to", file)).code).toBe(1);
  });

  test("pause a function and resume it", async () => {
    const { api, app } = world;
    const id = `${app.id}-work`;
    expect((await stepfast("functions", "pause", id, "--reason", "incident")).value).toMatchObject({
      events: "hold",
      runs: "finish",
      reason: "incident",
    });
    const runId = await send({ name: "e" });
    expect((await viewOf(runId)).status).toBe("QUEUED");
    expect(bodies).not.toContain("first e");
    const { value } = await stepfast("functions", "resume", id);
    expect(value).toMatchObject({ isPaused: false, pause: null });
    await api.ended(runId);
    expect((await viewOf(runId)).status).toBe("COMPLETED");
    expect((await stepfast("functions", "pause", "nobody")).code).toBe(1);
  });
});
