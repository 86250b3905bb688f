import { readdirSync, readFileSync } from "node:fs";
import { EventKeys, SigningKeys } from "@stepfast/server";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { devFlags } from "../src/dev-options.ts";
import { longName, variablesOf } from "../src/flag.ts";
import { main } from "../src/main.ts";
import { migrateFlags } from "../src/migrate-options.ts";
import { configFlag, type StartOptions, startFlags } from "../src/start-options.ts";

const root = new URL("../../../", import.meta.url);
const deploy = new URL("deploy/", root);
const read = (name: string) => readFileSync(new URL(name, deploy), "utf8");
const files = readdirSync(deploy, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/^.*\bdeploy\//, "").replace(/^\/+/, ""));

type Env = Record<string, string>;

/** What the command line makes of a start with these arguments and variables. Throws where it refuses. */
async function optionsOf(args: string[], env: Env): Promise<StartOptions> {
  const told: string[] = [];
  let options: StartOptions | undefined;
  const start = async (given: StartOptions) => {
    options = given;
    return 0;
  };
  const io = { tell: (line: string) => void told.push(line), untilStopped: async () => "", color: false };
  const run = { start, dev: async () => 1, migrate: async () => {}, move: async () => {} };
  await main(args, { env, cwd: "/nowhere", io, print: () => {}, run });
  if (!options) throw new Error(told.join("\n"));
  return options;
}

/** What a reader fills in where the examples leave a key empty. */
const filledIn: Env = {
  POSTGRES_PASSWORD: "pw",
  STEPFAST_EVENT_KEY: "an-event-key",
  STEPFAST_SIGNING_KEY: "0a".repeat(32),
};

/** Its keys are keys. */
function hasUsableKeys({ eventKeys, signingKey }: StartOptions): boolean {
  return !new EventKeys(eventKeys).isEmpty && new SigningKeys({ signingKey: signingKey ?? "" }).count === 1;
}

function assignments(text: string): Env {
  const lines = text.split("\n").filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.split("=", 1)[0] ?? "", line.replace(/^\w+=/, "")]));
}

/** Every object below a value that has this key. */
function withKey(value: unknown, key: string): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = key in value && !Array.isArray(value) ? [value as Record<string, unknown>] : [];
  return [...own, ...Object.values(value).flatMap((each) => withKey(each, key))];
}

test("all files are looked at", () => {
  expect(files.sort()).toEqual([
    "Dockerfile",
    "Dockerfile.dockerignore",
    "compose.yaml",
    "env.example",
    "kubernetes/secret.example.yaml",
    "kubernetes/stepfast.yaml",
    "systemd/stepfast.env.example",
    "systemd/stepfast.service",
  ]);
});

describe("what the files name exists", () => {
  const flags = [...Object.values(startFlags), ...Object.values(devFlags), configFlag];
  const variables = new Set(flags.flatMap((flag) => variablesOf(flag)));
  // Read by the SDKs, not by us: comments tell where else a key has to be.
  variables.add("INNGEST_SIGNING_KEY");

  test.each(files)("variables of %s", (file) => {
    const named = read(file).match(/\b(?:STEPFAST|INNGEST)_\w+|\bDATABASE_URL\b/g) ?? [];
    expect(named.filter((name) => !variables.has(name))).toEqual([]);
  });

  test("in the guide: variables and flags", () => {
    const text = readFileSync(new URL("docs/guides/self-hosting.md", root), "utf8");
    const named = text.match(/\b(?:STEPFAST|INNGEST)_[A-Z_]+|\bDATABASE_URL\b/g) ?? [];
    const ofApps = new Set([
      "INNGEST_BASE_URL",
      "INNGEST_EVENT_KEY",
      "INNGEST_SIGNING_KEY_FALLBACK",
      "INNGEST_DEV",
    ]);
    expect(named.filter((name) => !variables.has(name) && !ofApps.has(name))).toEqual([]);
    const flags = Object.values({ ...startFlags, ...migrateFlags, config: configFlag });
    const known = new Set(flags.map((flag) => `--${longName(flag)}`));
    const flagsNamed = text.match(/(?<=stepfast (?:start|migrate)[^\n`]*)--[a-z-]+/g) ?? [];
    expect(flagsNamed.length).toBeGreaterThan(3);
    expect(flagsNamed.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("Dockerfile", () => {
  const text = read("Dockerfile");
  const image = text.slice(text.lastIndexOf("FROM "));

  test("starts a server that listens on all addresses, not as root", async () => {
    const env = Object.fromEntries(
      [...image.matchAll(/\b(STEPFAST_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    const args: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(image)?.[1] ?? "[]");
    expect(await optionsOf(args, env)).toMatchObject({ host: "0.0.0.0", databaseUrl: undefined, port: 8288 });
    expect(image).toMatch(/^USER node$/m);
    expect(image).toMatch(/^EXPOSE 8288$/m);
    // A variable for one database must not stand in the way of the other.
    const url = "postgres://db/x";
    expect((await optionsOf(args, { ...env, DATABASE_URL: url })).databaseUrl).toBe(url);
  });

  test("copies and runs what there is", () => {
    const [, entry = ""] = /^ENTRYPOINT \["node", "\/app\/(.+)"\]$/m.exec(image) ?? [];
    expect(readFileSync(new URL(entry, root), "utf8")).toContain("main");
    const copied = /^COPY (package\.json .+) \.\/$/m.exec(text)?.[1]?.split(" ") ?? [];
    expect(copied).toHaveLength(4);
    for (const file of copied) expect(() => readFileSync(new URL(file, root))).not.toThrow();
    expect(image).toContain("/livez");
  });
});

describe("compose.yaml", () => {
  const compose = parse(read("compose.yaml"), { merge: true });
  const asked = assignments(read("env.example"));
  const values: Env = { ...asked, ...filledIn };
  const filled = (text: string) =>
    text.replace(/\$\{(\w+):\?[^}]*\}/g, (_all, name: string) => values[name] ?? "");

  test("asks for nothing that the example does not name", () => {
    const names = [...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(asked)));
  });

  test("has three nodes on one database, each within reach under a port of its own", async () => {
    const nodes = ["node-1", "node-2", "node-3"].map((name) => compose.services[name]);
    for (const node of nodes) {
      const given = Object.entries(node.environment as Env).map(([name, value]) => [
        name,
        filled(String(value)),
      ]);
      const options = await optionsOf(["start"], { STEPFAST_HOST: "0.0.0.0", ...Object.fromEntries(given) });
      expect(options).toMatchObject({
        databaseUrl: "postgres://stepfast:pw@database:5432/stepfast",
        pollIntervalMs: 60_000,
        sdkUrls: ["http://host.docker.internal:3000/api/inngest"],
      });
      expect(hasUsableKeys(options)).toBe(true);
      // Docker Desktop knows the name; on Linux it has to be said.
      expect(node.extra_hosts).toContain("host.docker.internal:host-gateway");
      expect(node.build).toEqual({ context: "..", dockerfile: "deploy/Dockerfile" });
    }
    expect(nodes.flatMap((node) => node.ports)).toEqual(["8288:8288", "8289:8288", "8290:8288"]);
    expect(compose.volumes).toHaveProperty("database");
  });
});

describe("Kubernetes", () => {
  const documents = parseAllDocuments(read("kubernetes/stepfast.yaml"), { merge: true });
  const [deployment, service, budget] = documents.map((document) => document.toJS());
  const secret = parse(read("kubernetes/secret.example.yaml"));
  const [container] = deployment.spec.template.spec.containers;

  test("every document is one", () => {
    expect(documents.flatMap((document) => document.errors)).toEqual([]);
    const kinds = [deployment, service, budget, secret].map(
      ({ apiVersion, kind }) => `${apiVersion} ${kind}`,
    );
    expect(kinds).toEqual(["apps/v1 Deployment", "v1 Service", "policy/v1 PodDisruptionBudget", "v1 Secret"]);
  });

  test("three nodes start on PostgreSQL with the keys of the secret", async () => {
    const env: Env = {};
    for (const { name, value, valueFrom } of container.env) {
      env[name] = value ?? secret.stringData[valueFrom.secretKeyRef.key];
      if (valueFrom) expect(valueFrom.secretKeyRef.name).toBe(secret.metadata.name);
    }
    await expect(optionsOf(container.args, env)).rejects.toThrow("STEPFAST_EVENT_KEY");
    Object.assign(env, filledIn);
    const options = await optionsOf(container.args, env);
    expect(options).toMatchObject({
      host: "0.0.0.0",
      port: container.ports[0].containerPort,
      databaseUrl: secret.stringData["database-url"],
      pollIntervalMs: 60_000,
    });
    expect(hasUsableKeys(options)).toBe(true);
    expect(deployment.spec.replicas).toBe(3);
  });

  test("the variables that Kubernetes makes of the service are kept out: one of them is an option's", async () => {
    const prefix = service.metadata.name.toUpperCase().replaceAll("-", "_");
    const made = { [`${prefix}_PORT`]: "tcp://10.0.0.7:8288", [`${prefix}_SERVICE_HOST`]: "10.0.0.7" };
    await expect(optionsOf(["start"], { ...filledIn, ...made })).rejects.toThrow("STEPFAST_PORT");
    expect(deployment.spec.template.spec.enableServiceLinks).toBe(false);
  });

  test("labels and ports meet, and a disruption leaves two nodes", () => {
    const { labels } = deployment.spec.template.metadata;
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ]) {
      expect(selector).toEqual(labels);
    }
    const ports = withKey([container, service], "port").map(({ port }) => port);
    expect(new Set(ports)).toEqual(new Set(["http", 8288]));
    expect(service.spec.ports[0].targetPort).toBe(container.ports[0].name);
    expect(budget.spec.minAvailable).toBe(deployment.spec.replicas - 1);
  });

  test("probes ask what is open, and a stop takes as long as it may", () => {
    const paths = withKey(container, "httpGet").map(({ httpGet }) => (httpGet as { path: string }).path);
    expect(paths).toEqual(["/livez", "/livez", "/readyz"]);
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(15);
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  });

  test("a pod that stops takes requests until the proxies know; its image has a version", () => {
    const [command, waitSeconds] = container.lifecycle.preStop.exec.command;
    expect(command).toBe("sleep");
    const drainSeconds = 10;
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(waitSeconds) + drainSeconds,
    );
    const { version } = JSON.parse(readFileSync(new URL("packages/cli/package.json", root), "utf8"));
    expect(container.image).toBe(`stepfast:${version}`);
  });
});

describe("systemd", () => {
  const unit = read("systemd/stepfast.service");

  test("starts a server with the example's variables", async () => {
    const args = /^ExecStart=\/usr\/bin\/env stepfast (.+)$/m.exec(unit)?.[1]?.split(" ") ?? [];
    const example = assignments(read("systemd/stepfast.env.example"));
    await expect(optionsOf(args, example)).rejects.toThrow("STEPFAST_EVENT_KEY");
    const options = await optionsOf(args, { ...example, ...filledIn });
    expect(options).toMatchObject({ host: "127.0.0.1", db: "./.stepfast/main.db", databaseUrl: undefined });
    expect(hasUsableKeys(options)).toBe(true);
  });

  test("has what a unit has to have, each line a setting", () => {
    expect(unit.match(/^\[\w+\]$/gm)).toEqual(["[Unit]", "[Service]", "[Install]"]);
    for (const line of unit.split("\n")) expect(line).toMatch(/^($|#|\[\w+\]$|[A-Za-z]+=\S)/);
    // By default systemd gives a unit up that ends five times within ten seconds.
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(unit).toMatch(/^WorkingDirectory=\/var\/lib\/stepfast$/m);
  });
});
