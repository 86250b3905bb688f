import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StepfastError } from "@stepfast/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DevOptions } from "../src/dev-options.ts";
import { main } from "../src/main.ts";

let told: string[];
let printed: string;
let started: DevOptions[];
let failWith: unknown;
beforeEach(() => {
  told = [];
  printed = "";
  started = [];
  failWith = undefined;
});

function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  const io = {
    tell: (line: string) => void told.push(line),
    untilStopped: async () => "SIGINT",
    color: false,
  };
  const dev = async (options: DevOptions) => {
    if (failWith !== undefined) throw failWith;
    started.push(options);
    return 0;
  };
  const print = (text: string) => {
    printed += text;
  };
  return main(args, {
    env,
    io,
    cwd: "/nowhere",
    print,
    run: { dev, start: async () => 1, migrate: async () => {}, move: async () => {} },
  });
}

const defaults: DevOptions = {
  port: 8288,
  host: "127.0.0.1",
  db: "./.stepfast/main.db",
  sdkUrls: [],
  noDiscovery: false,
  noPoll: false,
  connectGatewayPort: 8289,
  noConnectGateway: false,
  pollIntervalMs: 5000,
  retryIntervalMs: 0,
  retention: { keepMs: 2_592_000_000, byStatus: {} },
  limits: {},
  tickMs: 150,
  gatewayAllow: [],
  logLevel: "info",
};

describe("stepfast dev", () => {
  test("without options", async () => {
    expect(await run(["dev"])).toBe(0);
    expect(started).toEqual([defaults]);
  });

  test("with all of them", async () => {
    const args = [
      "dev",
      "-p",
      "9000",
      "--host",
      "0.0.0.0",
      "--db",
      ":memory:",
      "-u",
      "http://localhost:3000/api/x",
    ];
    args.push("--sdk-url", "localhost:4000", "--no-discovery", "--no-poll", "--poll-interval", "0.5");
    args.push("--connect-gateway-port", "9001", "--no-connect-gateway");
    args.push("--retry-interval", "2", "--tick", "20", "--log-level", "debug");
    args.push("--retention", "7d,failed=off", "--limits", "stepsPerRun=500,stepOutputBytes=2MiB");
    args.push("--gateway-allow", "model.lan", "--gateway-allow", "10.0.0.7:11434");
    await run(args);
    expect(started).toEqual([
      {
        port: 9000,
        host: "0.0.0.0",
        db: ":memory:",
        sdkUrls: ["http://localhost:3000/api/x", "http://localhost:4000/api/inngest"],
        noDiscovery: true,
        noPoll: true,
        connectGatewayPort: 9001,
        noConnectGateway: true,
        pollIntervalMs: 500,
        retryIntervalMs: 2000,
        retention: { keepMs: 604_800_000, byStatus: { failed: null } },
        limits: { stepsPerRun: 500, stepOutputBytes: 2 * 1024 * 1024 },
        tickMs: 20,
        gatewayAllow: ["model.lan", "10.0.0.7:11434"],
        logLevel: "debug",
      },
    ]);
  });

  test.each(["STEPFAST_", "INNGEST_"])("from the environment with %s", async (prefix) => {
    const values = {
      PORT: "9000",
      HOST: "::1",
      DB: "a.db",
      SDK_URL: "http://localhost:3000/a,http://localhost:4000/b",
    };
    const more = {
      NO_DISCOVERY: "true",
      NO_POLL: "1",
      CONNECT_GATEWAY_PORT: "9001",
      NO_CONNECT_GATEWAY: "yes",
      POLL_INTERVAL: "1m",
      RETRY_INTERVAL: "500ms",
      TICK: "20",
    };
    const all = Object.entries({
      ...values,
      ...more,
      LOG_LEVEL: "warn",
      GATEWAY_ALLOW: "model.lan,10.0.0.7:11434",
    });
    await run(["dev"], Object.fromEntries(all.map(([name, value]) => [`${prefix}${name}`, value])));
    expect(started).toEqual([
      {
        port: 9000,
        host: "::1",
        db: "a.db",
        sdkUrls: ["http://localhost:3000/a", "http://localhost:4000/b"],
        noDiscovery: true,
        noPoll: true,
        connectGatewayPort: 9001,
        noConnectGateway: true,
        pollIntervalMs: 60_000,
        retryIntervalMs: 500,
        retention: { keepMs: 2_592_000_000, byStatus: {} },
        limits: {},
        tickMs: 20,
        gatewayAllow: ["model.lan", "10.0.0.7:11434"],
        logLevel: "warn",
      },
    ]);
  });

  test("a flag wins over the environment, our prefix over the other", async () => {
    await run(["dev", "--port", "1"], {
      STEPFAST_PORT: "2",
      STEPFAST_TICK: "3",
      INNGEST_TICK: "4",
      STEPFAST_NO_POLL: "false",
    });
    expect(started[0]).toMatchObject({ port: 1, tickMs: 3, noPoll: false });
  });

  test.each([
    ["--port", "70000"],
    ["--port", "http"],
    ["--tick", "0"],
    ["--poll-interval", "often"],
    ["--sdk-url", "ftp://localhost"],
    ["--db", ""],
    ["--log-level", "loud"],
    // Of days it would be meant, and of milliseconds taken.
    ["--retention", "30"],
    ["--retention", "30d,failed=90"],
  ])("%s %j is refused by name", async (flag, value) => {
    expect(await run(["dev", flag, value])).toBe(2);
    expect(told.join()).toContain(flag);
    expect(started).toEqual([]);
  });

  test("a wrong variable is refused by name", async () => {
    expect(await run(["dev"], { INNGEST_PORT: "x" })).toBe(2);
    expect(told).toEqual([
      'error: environment variable INNGEST_PORT is "x". It must be a whole number from 0 to 65535.',
    ]);
  });

  test.each([[["dev", "--colour"]], [["dev", "extra"]], [["dve"]], [[]]])(
    "%j is wrong usage",
    async (args) => {
      expect(await run(args)).toBe(2);
      expect(told.join()).not.toBe("");
      expect(started).toEqual([]);
    },
  );

  test("what goes wrong is told with its code", async () => {
    failWith = new StepfastError("store_locked", "another process uses ./.stepfast/main.db");
    expect(await run(["dev"])).toBe(1);
    expect(told).toEqual(["error: another process uses ./.stepfast/main.db (store_locked)"]);
  });
});

test("--version and help", async () => {
  expect(await run(["--version"])).toBe(0);
  expect(printed).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await run(["help"])).toBe(0);
  expect(await run(["dev", "--help"])).toBe(0);
  expect(printed).toContain("--retry-interval <seconds>");
  expect(printed).toContain("STEPFAST_RETRY_INTERVAL");
});

describe("which runs are meant", () => {
  test.each([
    [["runs", "replay"], "Say with options"],
    [["runs", "replay", "--reason", "again"], "Say with options"],
    [["runs", "replay", "01KAZJ7S0HXN2M4P6R8T0V2X4Z"], "stepfast runs rerun 01KAZJ7S0HXN2M4P6R8T0V2X4Z"],
    [["runs", "cancel"], "Name runs"],
    [["runs", "cancel", "--from", "2026"], "--from"],
    [["runs", "cancel", "01KAZJ7S0HXN2M4P6R8T0V2X4Z", "--app", "shop"], "Name runs"],
    [["runs", "cancel", "01KAZJ7S0HXN2M4P6R8T0V2X4Z", "--detach"], "--detach"],
    [["runs", "cancel", "--app", "shop", "--children"], "--children"],
    [["runs", "rerun", "01KAZJ7S0HXN2M4P6R8T0V2X4Z", "--from-step", "pay", "--input", ""], "--input"],
  ])("%j is wrong usage", async (args, message) => {
    // Nobody is asked: nobody would answer there.
    expect(await run([...args, "--url", "http://127.0.0.1:1"])).toBe(2);
    expect(told.join()).toContain(message);
  });
});

test("a server that is not there: what to do is told", async () => {
  expect(await run(["runs", "list", "--url", "http://127.0.0.1:1"])).toBe(1);
  expect(told.join()).toContain(
    "(api_unreachable)\nStart one with `stepfast dev` or `stepfast start`, or name it with --url",
  );
});

describe("what is no Stepfast server is told", () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ["application/json", '{"message":"an app"}'],
    ["application/json", "[]"],
    ["text/html", "<html></html>"],
  ])("where it answers %s %s", async (type, answer) => {
    server = createServer((_request, response) => {
      response.setHeader("content-type", type).end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await run(["runs", "list", "--url", url])).toBe(1);
    expect(told.at(-1)).toMatch(/^error: .*is no Stepfast server.*\(api_unreachable\)$/);
    expect(await run(["doctor", "--url", url])).toBe(1);
    expect(printed).toMatch(/^PROBLEM +server .*is no Stepfast server/m);
  });
});
