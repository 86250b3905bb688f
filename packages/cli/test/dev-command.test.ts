import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { runDev, serverOptions, startLines } from "../src/dev-command.ts";
import type { DevOptions } from "../src/dev-options.ts";

const options: DevOptions = {
  port: 0,
  host: "127.0.0.1",
  db: ":memory:",
  sdkUrls: [],
  noDiscovery: true,
  noPoll: true,
  connectGatewayPort: 0,
  noConnectGateway: false,
  pollIntervalMs: 5000,
  retryIntervalMs: 0,
  retention: { keepMs: 2_592_000_000, byStatus: {} },
  limits: {},
  tickMs: 150,
  gatewayAllow: [],
  logLevel: "silent",
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function takenPort(): Promise<number> {
  const server = createServer();
  closing.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

test("options become the server's", () => {
  const made = serverOptions({ ...options, retryIntervalMs: 2000, noPoll: false }, () => {});
  expect(made).toMatchObject({
    db: ":memory:",
    discover: false,
    poll: true,
    connect: true,
    connectGatewayPort: 0,
    tuning: { pollMs: 150, retryIntervalMs: 2000, retention: { keepMs: 2_592_000_000, byStatus: {} } },
  });
  expect(serverOptions({ ...options, noConnectGateway: true }, () => {}).connect).toBe(false);
  expect(serverOptions(options, () => {}).tuning).toEqual({
    pollMs: 150,
    retention: options.retention,
    sizes: {},
  });
});

describe("start lines", () => {
  const server = { url: "http://127.0.0.1:8289", port: 8289, apps: ["http://localhost:3000/api/inngest"] };

  test("name the API, the database and the apps", () => {
    const lines = startLines(server, { ...options, port: 8289 }, false);
    expect(lines.join("\n")).toMatch(/API +http:\/\/127\.0\.0\.1:8289/);
    expect(lines.join("\n")).toMatch(/Database +:memory:/);
    expect(lines.join("\n")).toMatch(/Apps +http:\/\/localhost:3000\/api\/inngest$/m);
    expect(lines.join("\n")).not.toContain("taken");
  });

  test("say where apps come from", () => {
    const none = { ...server, apps: [] };
    expect(startLines(none, options, false).at(-1)).toContain("none yet: pass one with -u");
    expect(startLines(none, { ...options, noDiscovery: false }, false).at(-1)).toContain(
      "looking on common ports",
    );
  });

  test("warn where others can reach a server that asks for no keys", () => {
    const open = (host: string) =>
      /asks for no keys/.test(startLines(server, { ...options, host }, false).join());
    expect(["127.0.0.1", "localhost", "::1"].filter(open)).toEqual([]);
    expect(["0.0.0.0", "::", "10.0.0.5", "build.lan"].filter((host) => !open(host))).toEqual([]);
  });

  test("say what to do where the port was taken", () => {
    const lines = startLines(server, { ...options, port: 8288 }, false);
    expect(lines[1]).toContain(
      "Port 8288 is taken: using 8289. Set INNGEST_DEV=http://127.0.0.1:8289 in your apps.",
    );
  });
});

describe("a server", () => {
  test("answers until it is asked to stop", async () => {
    const lines: string[] = [];
    let stop: (signal: string) => void = () => {};
    const stopped = new Promise<string>((resolve) => {
      stop = resolve;
    });
    let up: (url: string) => void = () => {};
    const url = new Promise<string>((resolve) => {
      up = resolve;
    });
    const tell = (line: string) => {
      lines.push(line);
      const found = /API +(\S+)/.exec(line);
      if (found?.[1]) up(found[1]);
    };
    const done = runDev(options, { tell, untilStopped: () => stopped, color: false });
    const address = await url;
    expect((await fetch(`${address}/health`)).status).toBe(200);
    stop("SIGTERM");
    expect(await done).toBe(0);
    expect(lines.at(-1)).toContain("SIGTERM");
    await expect(fetch(`${address}/health`)).rejects.toThrow();
  });

  test("takes the next port where the one asked for is taken", async () => {
    const port = await takenPort();
    const lines: string[] = [];
    const io = {
      tell: (line: string) => void lines.push(line),
      untilStopped: async () => "SIGINT",
      color: false,
    };
    expect(await runDev({ ...options, port }, io)).toBe(0);
    expect(lines[1]).toContain(`Port ${port} is taken`);
  });
});
