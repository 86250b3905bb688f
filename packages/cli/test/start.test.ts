import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseTuning } from "@stepfast/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../src/main.ts";
import { productionOptions, startedLines } from "../src/start-command.ts";
import type { StartOptions } from "../src/start-options.ts";

let cwd: string;
let told: string[];
let started: StartOptions[];
let migrated: string[];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "stepfast-start-"));
  told = [];
  started = [];
  migrated = [];
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  const io = {
    tell: (line: string) => void told.push(line),
    untilStopped: async () => "SIGINT",
    color: false,
  };
  const start = async (options: StartOptions) => {
    started.push(options);
    return 0;
  };
  const migrate = async (url: string, { profile }: DatabaseTuning) => void migrated.push(`${profile} ${url}`);
  const dev = async () => 0;
  return main(args, { env, cwd, io, print: () => {}, run: { dev, start, migrate, move: async () => {} } });
}

const file = (name: string, text: string) => writeFileSync(join(cwd, name), text);

const defaults: StartOptions = {
  port: 8288,
  host: "127.0.0.1",
  advertiseUrl: undefined,
  db: "./.stepfast/main.db",
  databaseUrl: undefined,
  databaseProfile: "postgres",
  noHints: false,
  eventKeys: [],
  signingKey: undefined,
  signingKeyFallback: undefined,
  allowUnsignedAnswers: false,
  sdkUrls: [],
  connectGatewayPort: 8289,
  connectGatewayUrl: undefined,
  noConnectGateway: false,
  pollIntervalMs: 0,
  retryIntervalMs: 0,
  retention: { keepMs: 2_592_000_000, byStatus: {} },
  limits: {},
  tickMs: 150,
  gatewayAllow: [],
  logLevel: "info",
};

const everything: StartOptions = {
  port: 9000,
  host: "0.0.0.0",
  advertiseUrl: "http://10.0.0.5:9000",
  db: "./.stepfast/main.db",
  databaseUrl: "postgres://me:pw@db:5432/jobs",
  databaseProfile: "citus",
  noHints: true,
  eventKeys: ["one", "two"],
  signingKey: "0a0a",
  signingKeyFallback: "1b1b",
  allowUnsignedAnswers: true,
  sdkUrls: ["http://a:3000/x", "http://b:3000/api/inngest"],
  connectGatewayPort: 9001,
  connectGatewayUrl: "wss://jobs.example/v0/connect",
  noConnectGateway: true,
  pollIntervalMs: 60_000,
  retryIntervalMs: 2_000,
  retention: { keepMs: 2_592_000_000, byStatus: {} },
  limits: {},
  tickMs: 20,
  gatewayAllow: ["model.lan", "10.0.0.7:11434"],
  logLevel: "warn",
};

/** Keys of a file are taken as they are written, whatever YAML would make of them. */
test.each([
  ["12e45678", "0123456789", "1234567890123456789012"],
  ["0x12", "1_000", "1.50"],
])("keys of a file that look like numbers: %s %s %s", async (signingKey, one, two) => {
  file(
    "stepfast.yaml",
    `signing-key: ${signingKey}\nevent-key: [${one}, ${two}]\nport: 9000\nno-hints: true`,
  );
  expect(await run(["start"])).toBe(0);
  expect(started[0]).toMatchObject({ signingKey, eventKeys: [one, two], port: 9000, noHints: true });
});

test("a value that was left out in a file is told by its name", async () => {
  file("stepfast.yaml", "host:\nport: 9000");
  expect(await run(["start"])).toBe(1);
  expect(told.join()).toContain('"host"');
  file("stepfast.json", '{ "host": null }');
  rmSync(join(cwd, "stepfast.yaml"));
  expect(await run(["start"])).toBe(1);
  expect(told.at(-1)).toContain('"host"');
  rmSync(join(cwd, "stepfast.json"));
  file("stepfast.yaml", "port: many");
  expect(await run(["start"])).toBe(2);
  expect(told.at(-1)).toContain('"port" in the configuration file is "many"');
});

test("a secret is not repeated where it is wrong", async () => {
  expect(await run(["start", "--database-url", "mysql://me:s3cret@db/x"])).toBe(2);
  expect(told.join()).toContain("--database-url");
  expect(told.join()).toContain("postgres://");
  expect(told.join()).not.toContain("s3cret");
  expect(await run(["start", "--sdk-url", "http://me:pw@localhost:3000"])).toBe(2);
  expect(started).toEqual([]);
});

describe("stepfast start", () => {
  test("without options", async () => {
    expect(await run(["start"])).toBe(0);
    expect(started).toEqual([defaults]);
  });

  test("with all of them", async () => {
    const args = ["-p", "9000", "--host", "0.0.0.0", "--database-url", "postgres://me:pw@db:5432/jobs"];
    args.push("--database-profile", "citus", "--no-hints", "--allow-unsigned-answers");
    args.push(
      "--advertise-url",
      "http://10.0.0.5:9000",
      "--event-key",
      "one",
      "--event-key",
      "two",
      "--signing-key",
      "0a0a",
    );
    args.push("--signing-key-fallback", "1b1b", "-u", "http://a:3000/x", "--sdk-url", "b:3000");
    args.push("--connect-gateway-port", "9001", "--connect-gateway-url", "wss://jobs.example/v0/connect");
    args.push("--no-connect-gateway");
    args.push("--poll-interval", "1m", "--retry-interval", "2", "--tick", "20", "--log-level", "warn");
    args.push("--gateway-allow", "model.lan", "--gateway-allow", "10.0.0.7:11434");
    expect(await run(["start", ...args])).toBe(0);
    expect(started).toEqual([everything]);
  });

  test.each(["STEPFAST_", "INNGEST_"])("from the environment with %s", async (prefix) => {
    const values = {
      PORT: "9000",
      HOST: "0.0.0.0",
      ADVERTISE_URL: "http://10.0.0.5:9000",
      DATABASE_URL: "postgres://me:pw@db:5432/jobs",
      DATABASE_PROFILE: "citus",
      NO_HINTS: "1",
      ALLOW_UNSIGNED_ANSWERS: "1",
      EVENT_KEY: "one,two",
      SIGNING_KEY: "0a0a",
      SIGNING_KEY_FALLBACK: "1b1b",
      SDK_URL: "http://a:3000/x,b:3000",
      CONNECT_GATEWAY_PORT: "9001",
      CONNECT_GATEWAY_URL: "wss://jobs.example/v0/connect",
      NO_CONNECT_GATEWAY: "true",
      POLL_INTERVAL: "60",
      RETRY_INTERVAL: "2",
      TICK: "20",
      GATEWAY_ALLOW: "model.lan,10.0.0.7:11434",
      LOG_LEVEL: "warn",
    };
    await run(
      ["start"],
      Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value])),
    );
    expect(started).toEqual([everything]);
  });

  const json = {
    port: 9000,
    host: "0.0.0.0",
    "advertise-url": "http://10.0.0.5:9000",
    "database-url": "postgres://me:pw@db:5432/jobs",
    "database-profile": "citus",
    "no-hints": true,
    "allow-unsigned-answers": true,
    "event-key": ["one", "two"],
    "signing-key": "0a0a",
    "signing-key-fallback": "1b1b",
    "sdk-url": ["http://a:3000/x", "b:3000"],
    "connect-gateway-port": 9001,
    "connect-gateway-url": "wss://jobs.example/v0/connect",
    "no-connect-gateway": true,
    "poll-interval": "1m",
    "retry-interval": 2,
    tick: 20,
    "gateway-allow": ["model.lan", "10.0.0.7:11434"],
    "log-level": "warn",
  };

  test("from a JSON file in the current folder", async () => {
    file("stepfast.json", JSON.stringify(json));
    await run(["start"]);
    expect(started).toEqual([everything]);
  });

  test.each([
    ["a flag", ["--config", "other.yml"], {}],
    ["the environment", [], { STEPFAST_CONFIG: "other.yml" }],
  ])("from a YAML file that %s names", async (_who, args, env: Record<string, string>) => {
    const lines = Object.entries(json).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    file("other.yml", `# ours\n${lines.join("\n")}\n`);
    file("stepfast.yaml", "port: 1\n");
    await run(["start", ...args], env);
    expect(started).toEqual([everything]);
  });

  test("a flag wins over the environment, which wins over the file", async () => {
    file("stepfast.yaml", 'port: 1\nhost: "h"\ntick: 7\nevent-key: [file]\n');
    const env = { STEPFAST_PORT: "2", INNGEST_PORT: "3", INNGEST_HOST: "::1", STEPFAST_EVENT_KEY: "env" };
    await run(["start", "--port", "4"], env);
    expect(started[0]).toMatchObject({ port: 4, host: "::1", tickMs: 7, eventKeys: ["env"] });
  });

  test.each([
    ["stepfast.json", "{", "stepfast.json"],
    ["stepfast.yaml", "prot: 1", '"prot"'],
    ["stepfast.yaml", "config: other.yml", '"config"'],
    ["stepfast.yaml", "port: {}", '"port"'],
    ["stepfast.yaml", "- port", "names and values"],
  ])("the file %s with %j is refused", async (name, text, problem) => {
    file(name, text);
    expect(await run(["start"])).toBe(1);
    expect(told.join()).toContain(problem);
    expect(started).toEqual([]);
  });

  test.each([
    ["port: many", '"port"'],
    ["port: [1, 2]", '"port"'],
    ["signing-key: ''", '"signing-key"'],
  ])("the value in %j is refused by name", async (text, name) => {
    file("stepfast.yaml", text);
    expect(await run(["start"])).toBe(2);
    expect(told.join()).toContain(name);
  });

  test("a named file that is not there is refused, an empty one is nothing", async () => {
    expect(await run(["start", "--config", "none.json"])).toBe(1);
    file("stepfast.yml", "");
    expect(await run(["start"])).toBe(0);
    expect(started).toEqual([defaults]);
  });
});

describe("the database", () => {
  const url = "postgres://db/x";

  test.each<[string, string[], Record<string, string>, string | undefined]>([
    ["DATABASE_URL", [], { DATABASE_URL: url }, url],
    ["INNGEST_POSTGRES_URI", [], { INNGEST_POSTGRES_URI: url }, url],
    ["an empty DATABASE_URL", [], { DATABASE_URL: "" }, undefined],
    ["--db over DATABASE_URL", ["--db", "a.db"], { DATABASE_URL: url }, undefined],
    ["STEPFAST_DB over DATABASE_URL", [], { STEPFAST_DB: "a.db", DATABASE_URL: url }, undefined],
    ["--database-url over STEPFAST_DB", ["--database-url", url], { STEPFAST_DB: "a.db" }, url],
    ["our variable over the plain one", [], { STEPFAST_DATABASE_URL: url, DATABASE_URL: "mysql://x" }, url],
  ])("%s", async (_what, args, env, expected) => {
    expect(await run(["start", ...args], env)).toBe(0);
    expect(started[0]?.databaseUrl).toBe(expected);
  });

  test("is one, not two", async () => {
    expect(await run(["start", "--db", "a.db", "--database-url", url])).toBe(2);
    expect(told.join()).toContain("--database-url");
  });

  test("that is wrong is not repeated: it may hold a password", async () => {
    expect(await run(["start"], { DATABASE_URL: "mysql://me:s3cret@db/x" })).toBe(2);
    file("stepfast.yaml", "database-url: me:s3cret@db\n");
    expect(await run(["start"])).toBe(2);
    expect(told.join()).toContain('"database-url" in the configuration file is not usable');
    expect(told.join()).not.toContain("s3cret");
  });

  test("the address for other nodes is HTTP", async () => {
    for (const wrong of ["10.0.0.5:8288", "ftp://a"]) {
      expect(await run(["start", "--advertise-url", wrong])).toBe(2);
    }
    expect(told.join()).toContain("--advertise-url");
  });

  test.each(["mysql://db/x", "db", "postgres"])("%s is none", async (wrong) => {
    expect(await run(["start", "--database-url", wrong])).toBe(2);
    expect(await run(["start"], { DATABASE_URL: wrong })).toBe(2);
    expect(told.join()).toContain("DATABASE_URL");
  });

  test("is brought up to date by migrate", async () => {
    expect(await run(["migrate", "--database-url", url])).toBe(0);
    expect(await run(["migrate"], { DATABASE_URL: url })).toBe(0);
    file("stepfast.yaml", `database-url: ${url}\nport: 1\n`);
    expect(await run(["migrate"])).toBe(0);
    file("stepfast.yaml", `database-url: ${url}\ndatabase-profile: citus\n`);
    expect(await run(["migrate"])).toBe(0);
    expect(migrated).toEqual([...[1, 2, 3].map(() => `postgres ${url}`), `citus ${url}`]);
    file("stepfast.yaml", "");
    expect(await run(["migrate"])).toBe(2);
    expect(told.join()).toContain("--database-url is missing");
  });
});

test("options become the server's", () => {
  const made = productionOptions(everything, () => {});
  expect(made).toMatchObject({
    databaseUrl: everything.databaseUrl,
    eventKeys: ["one", "two"],
    signingKey: "0a0a",
  });
  expect(made.database).toEqual({ profile: "citus", hints: false });
  expect(productionOptions(defaults, () => {}).database).toEqual({ profile: "postgres", hints: true });
  expect(made.tuning).toEqual({
    pollMs: 20,
    retryIntervalMs: 2_000,
    retention: made.tuning?.retention,
    sizes: {},
  });
  expect(productionOptions(defaults, () => {}).tuning).toEqual({
    pollMs: 150,
    retention: defaults.retention,
    sizes: {},
  });
});

test("the start is told without secrets", () => {
  const server = { url: "http://localhost:9000" };
  const text = startedLines(server, everything, false).join("\n");
  expect(text).toMatch(/API +http:\/\/localhost:9000/);
  expect(text).toMatch(/Database +postgres:\/\/db:5432\/jobs$/m);
  expect(text).toMatch(/Keys +2 for events, signing key, fallback signing key$/m);
  for (const secret of ["pw", "one", "two", "0a0a", "1b1b"]) expect(text).not.toContain(secret);
  expect(startedLines(server, defaults, false).join("\n")).toContain("none for events");
});
