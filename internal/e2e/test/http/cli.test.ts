import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, listenOn, temporaryFolder } from "./world.ts";

const bin = fileURLToPath(new URL("../../../../packages/cli/bin/stepfast.js", import.meta.url));

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

/** `stepfast dev` as a process of its own. */
class Command {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = "";

  constructor(args: string[], cwd: string) {
    const env = { PATH: process.env.PATH };
    this.#child = spawn(process.execPath, [bin, "dev", ...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on("data", (chunk) => {
        this.#output += chunk;
      });
    }
    cleanUps.add(() => this.end("SIGKILL"));
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get output(): string {
    return this.#output;
  }

  /** What it printed, once it printed that. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const seen = () => {
      if (this.#child.exitCode !== null && !pattern.test(this.#output)) throw new Error(this.#output);
      return pattern.exec(this.#output);
    };
    const match = await until(`${pattern}`, seen, (found) => found !== null);
    if (!match) throw new Error(`never printed ${pattern}`);
    return match;
  }

  async api(): Promise<Api> {
    return new Api((await this.saw(/API\s+(http:\S+)/))[1] ?? "");
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    await closed;
    return this.#child.exitCode;
  }
}

const quiet = ["--no-discovery", "--no-poll"];

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

function started(args: string[]): { command: Command; cwd: string } {
  const cwd = temporaryFolder(cleanUps);
  return { command: new Command(args, cwd), cwd };
}

describe.each([ours, theirs])("stepfast dev and $name", (sdk) => {
  test("apps named with -u, more than one, are synced by themselves and run", async () => {
    const port = await freePort();
    const api = new Api(`http://127.0.0.1:${port}`);
    const apps = [new App(sdk, api), new App(sdk, api)];
    for (const app of apps) {
      cleanUps.add(() => app.stop());
      await app.serve([
        app.client.createFunction(
          { id: "job", triggers: { event: app.event("go") }, retries: 3 },
          async ({ step }) => {
            await step.run("flaky", () => {
              app.ledger.note("flaky");
              if (app.ledger.count("flaky") === 1) throw new Error("not yet");
            });
            await step.sleep("nap", "1s");
            return "done";
          },
        ),
      ]);
    }
    const urls = apps.flatMap((app) => ["-u", app.url]);
    const tuning = ["--retry-interval", "1", "--tick", "20", "--db", ":memory:"];
    const { command, cwd } = started(["--port", String(port), ...urls, ...tuning, ...quiet]);
    expect((await command.api()).url).toBe(api.url);
    await until(
      "both apps",
      () => api.get<unknown[]>("/v2/apps"),
      (known) => known.length === 2,
    );
    const ids = [];
    for (const app of apps) ids.push(await app.send("go"));
    for (const id of ids)
      expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(apps.map((app) => app.ledger.count("flaky"))).toEqual([2, 2]);
    expect(await command.end("SIGTERM")).toBe(0);
    expect(existsSync(`${cwd}/.stepfast`)).toBe(false);
  });

  test("killed in the middle of a run, it goes on from its file", async () => {
    const port = await freePort();
    const api = new Api(`http://127.0.0.1:${port}`);
    const app = new App(sdk, api);
    cleanUps.add(() => app.stop());
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "job", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("before", () => ledger.note("before"));
        const news = await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return step.run("after", () => ledger.note("after", news?.data.n));
      },
    );
    const cwd = temporaryFolder(cleanUps);
    const args = ["--port", String(port), "--db", "jobs.db", "--tick", "20", ...quiet];
    const first = new Command(args, cwd);
    await first.api();
    await app.start([fn]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    await api.waiting(runId, "event");
    await first.end("SIGKILL");
    expect(existsSync(`${cwd}/jobs.db`)).toBe(true);
    const second = new Command(args, cwd);
    await second.api();
    await app.send("news", { n: 9 });
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: 9 });
    expect(ledger.lines).toEqual(["before", "after"]);
    expect(await second.end("SIGINT")).toBe(0);
  });

  test("--poll-interval: what changes in an app is noticed", async () => {
    const port = await freePort();
    const app = new App(sdk, new Api(`http://127.0.0.1:${port}`));
    cleanUps.add(() => app.stop());
    const fn = (id: string) =>
      app.client.createFunction({ id, triggers: { event: app.event("go") } }, () => id);
    await app.serve([fn("a")]);
    const { command } = started([
      "-p",
      String(port),
      "-u",
      app.url,
      "--no-discovery",
      "--poll-interval",
      "0.05",
      "--db",
      ":memory:",
    ]);
    const api = await command.api();
    const functions = () => api.get<{ id: string }[]>(`/v2/apps/${app.id}/functions`).catch(() => []);
    await until("the first sync", functions, (known) => known.length === 1);
    await app.serve([fn("a"), fn("b")]);
    await until("the next sync", functions, (known) => known.length === 2);
  });
});

test("--host: another address of this machine, and only that", async () => {
  const { command } = started(["--port", "0", "--host", "127.0.0.2", "--db", ":memory:", ...quiet]);
  const { url } = await command.api();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  await expect(fetch(url.replace("127.0.0.2", "127.0.0.1"))).rejects.toThrow("fetch failed");
});

test("a port that is taken: the next one, and it says so", async () => {
  const taken = createServer();
  cleanUps.add(() => taken.close());
  const port = await listenOn(taken as Parameters<typeof listenOn>[0]);
  const { command } = started(["--port", String(port), "--db", ":memory:", ...quiet]);
  const { url } = await command.api();
  expect(Number(new URL(url).port)).toBeGreaterThan(port);
  expect(command.output).toContain(`Port ${port} is taken`);
});

test.each([
  [["--port", "http"], "--port"],
  [["--poll-interval", "often"], "--poll-interval"],
  [["--retry-interval", "-1"], "--retry-interval"],
  [["--tick", "0"], "--tick"],
  [["-u", "ftp://x"], "--sdk-url"],
  [["--bananas"], "--bananas"],
])("%j is refused", async (args, about) => {
  const { command } = started(args);
  await command.saw(new RegExp(about));
  expect(
    await until(
      "its end",
      () => command.exitCode,
      (code) => code !== null,
    ),
  ).toBe(2);
});
