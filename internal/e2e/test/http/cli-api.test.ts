import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "stepfast-cli";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy, modes, type World, worldOf } from "./modes.ts";
import { until } from "./patience.ts";
import { temporaryFolder } from "./world.ts";

describe.each(modes)("commands that ask a server in %s mode", (mode) => {
  let world: World;
  let cwd: string;
  beforeAll(async () => {
    world = await worldOf(mode);
    cwd = temporaryFolder(world.cleanUps);
    const { app } = world;
    await deploy(world, [
      app.client.createFunction(
        { id: "work", name: "Work", retries: 0, triggers: { event: app.event("go") } },
        async ({ step, event }) => {
          const n = await step.run("double it", () => event.data.n * 2);
          if (n < 0) throw new Error("negative \u001b[31mtotal");
          if (n === 0) await step.waitForEvent("go on", { event: app.event("on"), timeout: "1h" });
          return { n };
        },
      ),
    ]);
  });
  afterAll(() => world.cleanUps.run());

  /** Runs a command as in a shell; the server and its key come from the environment. */
  async function run(
    args: string[],
    {
      env = {},
      pause,
      nowMs,
    }: { env?: Record<string, string>; pause?: () => Promise<void>; nowMs?: () => number } = {},
  ): Promise<{ code: number; out: string; told: string }> {
    let out = "";
    const told: string[] = [];
    const code = await main(args, {
      env: {
        STEPFAST_URL: world.api.url,
        ...(world.key === undefined ? {} : { STEPFAST_SIGNING_KEY: world.key }),
        ...env,
      },
      cwd,
      print: (text) => {
        out += text;
      },
      io: { tell: (line) => void told.push(line), untilStopped: async () => "SIGINT", color: false },
      run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
      readInput: async () => '{"n":33}',
      ...(pause && { pause }),
      ...(nowMs && { nowMs }),
    });
    return { code, out, told: told.join("\n") };
  }
  const json = async (args: string[]) => {
    const { code, out, told } = await run([...args, "--json"]);
    expect([code, told]).toEqual([0, ""]);
    return JSON.parse(out);
  };
  const sent = async (data: string) => (await json(["send", world.app.event("go"), "--data", data])).eventId;

  test("send, and find the run it started", async () => {
    const { api, app } = world;
    const plain = await run(["send", app.event("go"), "--data", '{"n":1}']);
    expect(plain.out).toMatch(/^[0-9A-Z]{26}\n$/);
    const run1 = await api.outcome(plain.out.trim());
    const listed = await run([
      "runs",
      "list",
      "--app",
      app.id,
      "--function",
      "work",
      "--status",
      "completed",
    ]);
    expect(listed.code).toBe(0);
    expect(listed.out).toMatch(/^RUN +STATUS +FUNCTION +EVENT +QUEUED +TOOK\n/);
    expect(listed.out).toMatch(new RegExp(`${run1.id}  COMPLETED  ${app.id}-work`));
    const found = await json(["runs", "list", "--search", "output.n == 2.0", "--from", "1h"]);
    expect(found.map(({ id }: { id: string }) => id)).toEqual([run1.id]);
    expect(await json(["runs", "list", "--until", "2020-01-01"])).toEqual([]);
    expect((await run(["runs", "list", "--until", "2020-01-01"])).out).toBe("No runs\n");
  });

  test("send data from a file and from standard input, with an id", async () => {
    const { app } = world;
    writeFileSync(join(cwd, "data.json"), '{"n":44}');
    const name = app.event("seen");
    await run(["events", "send", name, "--data", "@data.json", "--id", "one"]);
    await run(["events", "send", name, "--data", "@data.json", "--id", "one"]);
    await run(["events", "send", name, "--data", "-"]);
    const events = await json(["events", "list", "--name", name]);
    expect(events.map(({ data }: { data: object }) => data)).toEqual([{ n: 33 }, { n: 44 }]);
    const searched = await json([
      "events",
      "list",
      "--search",
      `event.data.n == 44 && event.name == "${name}"`,
    ]);
    expect(searched).toHaveLength(1);
    const page = await run(["events", "list", "--name", name, "--limit", "1"]);
    expect(page.out).toContain('{"n":33}');
    expect(page.out).toContain("There are more");
    for (const data of ["[1]", "nonsense", "@missing.json"]) {
      const refused = await run(["send", name, "--data", data]);
      expect([data, refused.code, refused.out]).toEqual([data, 1, ""]);
      expect(refused.told).toContain("--data");
    }
    const reserved = await run(["send", "inngest/x"]);
    expect(reserved).toMatchObject({ code: 1, told: expect.stringContaining("(reserved_event_name)") });
  });

  test("get a run: its steps, its output, its error without the terminal's codes", async () => {
    const { api } = world;
    const good = await api.outcome(await sent('{"n":5}'));
    const text = await run(["runs", "get", good.id]);
    expect(text.out).toMatch(/Status: +COMPLETED/);
    expect(text.out).toMatch(/COMPLETED double it/);
    expect(text.out).toContain('"n": 10');
    expect(await json(["runs", "get", good.id])).toMatchObject({
      run: { id: good.id, output: { n: 10 } },
      trace: { rootSpan: { children: [{ name: "double it" }] } },
    });
    const bad = await api.outcome(await sent('{"n":-5}'));
    const failed = await run(["runs", "get", bad.id]);
    // As a terminal knows errors: with a stack of lines, not with a text of JSON.
    expect(failed.out).toMatch(/\n\nError:\nError: negative .*total\n +at /);
    expect(failed.out).not.toContain("\u001b");
    expect(await run(["runs", "get", "nothing"])).toMatchObject({
      code: 1,
      told: expect.stringContaining("(run_not_found)"),
    });
  });

  test("get a run that waits: what for", async () => {
    const { api, app } = world;
    const [{ id = "" } = {}] = await api.runsOf(await sent('{"n":0}'));
    const { out } = await until(
      "the run to be put away",
      () => run(["runs", "get", id]),
      ({ out }) => out.includes("Blocked:"),
    );
    expect(out).toContain(`Blocked:   It waits for an event "${app.event("on")}", until `);
    await run(["runs", "cancel", id, "--reason", "not wanted"]);
    await api.ended(id);
    const after = await run(["runs", "get", id]);
    expect(after.out).toContain("Cancelled: not wanted");
    expect(after.out).not.toMatch(/Blocked|until/);
  });

  test("--watch goes on until the run ends, and its exit code says how", async () => {
    const { api, app } = world;
    const [{ id = "" } = {}] = await api.runsOf(await sent('{"n":0}'));
    await api.waiting(id, "event");
    let looks = 0;
    const pause = async () => {
      looks++;
      if (looks === 2) await app.send("on");
      if (looks > 2) await api.ended(id);
    };
    const watched = await run(["runs", "get", id, "--watch"], { pause });
    expect(watched.code).toBe(0);
    expect(watched.out.indexOf("RUNNING")).toBeGreaterThan(-1);
    expect(watched.out.indexOf("Status:    COMPLETED")).toBeGreaterThan(watched.out.indexOf("RUNNING"));
    const bad = await api.outcome(await sent('{"n":-6}'));
    expect((await run(["runs", "get", bad.id, "--watch"])).code).toBe(1);
  });

  test("cancel runs: each is told, and one that has ended does not keep the others", async () => {
    const { api } = world;
    const ended = await api.outcome(await sent('{"n":6}'));
    const [{ id = "" } = {}] = await api.runsOf(await sent('{"n":0}'));
    await api.waiting(id, "event");
    const result = await run(["runs", "cancel", ended.id, id]);
    expect(result.code).toBe(1);
    expect(result.out).toContain("(run_already_ended)");
    expect(result.out).toContain(`${id}  cancelled`);
    expect((await api.ended(id)).status).toBe("CANCELLED");
  });

  test("apps and functions", async () => {
    const { app } = world;
    expect((await run(["apps", "list"])).out).toMatch(new RegExp(`${app.id} +1 +success`));
    expect(await json(["apps", "list"])).toMatchObject([{ id: app.id }]);
    expect((await run(["functions", "list"])).out).toMatch(
      new RegExp(`${app.id}-work +Work +${app.id} +${app.event("go")}`),
    );
    expect(await json(["functions", "list", "--app", app.id])).toMatchObject([{ id: `${app.id}-work` }]);
    expect((await run(["functions", "list", "--app", "nobody"])).told).toContain("(app_not_found)");
  });

  test("doctor finds nothing wrong, and what is wrong", async () => {
    const keys = {
      STEPFAST_EVENT_KEY: "0b".repeat(16),
      STEPFAST_SIGNING_KEY: `signkey-prod-${"0a".repeat(16)}`,
    };
    const well = await run(["doctor"], { env: keys });
    expect(well.out).not.toContain("PROBLEM");
    expect(well.code).toBe(0);
    for (const check of ["config", "keys", "disk", "server", "access", "clock", "apps"])
      expect(well.out).toContain(check);
    const findings = async (env: Record<string, string>, args: string[] = []) => {
      const { code, out } = await run(["doctor", "--json", ...args], { env: { ...keys, ...env } });
      const all = JSON.parse(out) as { check: string; level: string; message: string }[];
      expect(code).toBe(all.some(({ level }) => level === "problem") ? 1 : 0);
      return all.filter(({ level }) => level === "problem").map(({ check }) => check);
    };
    expect(await findings({ STEPFAST_URL: "http://127.0.0.1:1" })).toEqual(["server"]);
    expect(await findings({ STEPFAST_PORT: "many" })).toEqual(["config"]);
    writeFileSync(join(cwd, "broken.yaml"), "nothing-known: 1");
    expect(await findings({}, ["--config", "broken.yaml"])).toEqual(["config"]);
    expect(await findings({ STEPFAST_DB: join(cwd, "broken.yaml", "below", "main.db") })).toEqual(["disk"]);
    expect(await findings({ STEPFAST_DB: join(cwd, "not", "there", "yet", "main.db") })).toEqual([]);
    for (const [ahead, level] of [
      [10_000, "warning"],
      [-400_000, "PROBLEM"],
    ] as const) {
      const clock = await run(["doctor"], { env: keys, nowMs: () => Date.now() + ahead });
      expect(clock.out).toMatch(new RegExp(`${level} +clock +This clock is [\\d.]+ s (ahead of|behind)`));
      expect(clock.code).toBe(level === "PROBLEM" ? 1 : 0);
    }
    const { app, server, api } = world;
    await server.engine.noteSyncFailure({ appId: app.id, error: "No app answers" });
    expect(await findings({})).toEqual(["apps"]);
    await api.request("POST", `/v2/apps/${app.id}/syncs`, { url: app.url });
    expect(await findings({})).toEqual([]);
    if (mode === "production") {
      expect(await findings({ STEPFAST_SIGNING_KEY: "ff".repeat(16) })).toEqual(["access"]);
      expect(await findings({ STEPFAST_SIGNING_KEY: "not hexadecimal at all" })).toEqual(["keys", "access"]);
    }
  });

  test("the server's address and key: flags, environment, file", async () => {
    const flags = ["--url", world.api.url, ...(world.key === undefined ? [] : ["--signing-key", world.key])];
    expect(
      (await run(["apps", "list", ...flags], { env: { STEPFAST_URL: "http://127.0.0.1:1" } })).code,
    ).toBe(0);
    const { port } = new URL(world.api.url);
    writeFileSync(
      join(cwd, "given.yaml"),
      `port: ${port}\n${world.key === undefined ? "" : `signing-key: ${world.key}\n`}`,
    );
    const fromFile = await main(["apps", "list", "--config", "given.yaml"], {
      env: {},
      cwd,
      print: () => {},
      io: { tell: () => {}, untilStopped: async () => "SIGINT", color: false },
      run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
    });
    expect(fromFile).toBe(0);
    const down = await run(["runs", "list", "--url", "http://127.0.0.1:1"]);
    expect(down).toMatchObject({ code: 1, out: "", told: expect.stringContaining("(api_unreachable)") });
    const wrong = await run(["runs", "list", "--url", "ftp://x"]);
    expect(wrong).toMatchObject({ code: 2, told: expect.stringContaining("--url") });
    if (mode === "production") {
      const closed = await run(["runs", "list"], { env: { STEPFAST_SIGNING_KEY: "ff".repeat(16) } });
      expect(closed).toMatchObject({ code: 1, told: expect.stringContaining("(unauthorized)") });
    }
  });

  test.each([
    [["runs"]],
    [["runs", "list", "--limit", "0"]],
    [["runs", "list", "--from", "yesterday-ish"]],
    [["runs", "get"]],
    [["send"]],
    [["runs", "list", "extra"]],
  ])("%j is wrong usage", async (args) => {
    const { code, out, told } = await run(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(told).not.toBe("");
  });
});
