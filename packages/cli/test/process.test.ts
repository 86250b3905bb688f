import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/stepfast.js", import.meta.url));

interface Program {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** Everything it has written. */
  output(): string;
  /** Resolves once the text was written. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  exited: Promise<number | null>;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

function run(args: string[], cwd?: string, env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"], env });
  cleanUps.push(() => child.kill("SIGKILL"));
  let text = "";
  const checks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
      for (const check of checks) check();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  const seen = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const check = () => {
        const match = pattern.exec(text);
        if (match) resolve(match);
      };
      checks.add(check);
      void exited.then(() => reject(new Error(`it ended without ${pattern}:\n${text}`)));
      check();
    });
  return { child, output: () => text, seen, exited };
}

/** The exit code and the signal, also where nobody reads its output. */
function ended({ child }: Program): Promise<[number | null, string | null]> {
  return new Promise((resolve) => child.on("exit", (code, signal) => resolve([code, signal])));
}

async function answering(answer: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "stepfast-cli-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const quiet = ["dev", "--port", "0", "--no-discovery", "--no-poll"];

test("serves until SIGTERM, and knows everything again when it is started anew", async () => {
  const cwd = folder();
  const first = run(quiet, cwd);
  const [, url] = await first.seen(/API +(http:\S+)/);
  const sent = await fetch(`${url}/e/k`, { method: "POST", body: '{"name":"order/placed","data":{"n":1}}' });
  const { ids } = (await sent.json()) as { ids: string[] };
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);

  const second = run(quiet, cwd);
  const [, again] = await second.seen(/API +(http:\S+)/);
  const event = await (await fetch(`${again}/v1/events/${ids[0]}`)).json();
  expect(event).toMatchObject({ data: { name: "order/placed", data: { n: 1 } } });
  second.child.kill("SIGINT");
  expect(await second.exited).toBe(0);
});

test("a database that is in use is told with its code", async () => {
  const cwd = folder();
  const first = run(quiet, cwd);
  await first.seen(/API/);
  const second = run(quiet, cwd);
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain("(store_locked)");
});

test("prints its version", async () => {
  const program = run(["--version"]);
  expect(await program.exited).toBe(0);
  expect(program.output()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("wrong usage ends with 2 and says what is wrong", async () => {
  const program = run(["dev", "--port", "http"]);
  expect(await program.exited).toBe(2);
  expect(program.output()).toContain("--port");
});

/** Makes loading PostgreSQL's driver an error. */
const noPostgres = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(
    "export async function resolve(specifier, context, next) {" +
    " if (/^pg$|store-postgres/.test(specifier)) throw new Error('loads ' + specifier); return next(specifier, context); }"));
`)}`;

const signingKey = "0a".repeat(16);
const keys = { STEPFAST_SIGNING_KEY: signingKey, INNGEST_EVENT_KEY: "an-event-key-for-tests" };
const production = ["start", "--port", "0"];

test("a production server needs no PostgreSQL, is closed without keys, and ends well at SIGTERM", async () => {
  const env = { ...keys, NODE_OPTIONS: `--import ${noPostgres}` };
  const program = run(production, folder(), env);
  const [, url] = await program.seen(/API +(http:\S+)/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/v2/runs`)).status).toBe(401);
  const headers = { authorization: `Bearer ${signingKey}` };
  expect((await fetch(`${url}/v2/runs`, { headers })).status).toBe(200);
  const event = { method: "POST", body: '{"name":"order/placed"}' };
  expect((await fetch(`${url}/e/wrong`, event)).status).toBe(401);
  expect((await fetch(`${url}/e/an-event-key-for-tests`, event)).status).toBe(200);
  program.child.kill("SIGTERM");
  expect(await program.exited).toBe(0);
  expect(program.output()).not.toContain(signingKey);
});

test("PostgreSQL's driver is loaded when it is chosen", async () => {
  const env = { ...keys, NODE_OPTIONS: `--import ${noPostgres}` };
  const program = run([...production, "--database-url", "postgres://localhost:1/x"], folder(), env);
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain("loads @stepfast/store-postgres");
});

test("a database that cannot be reached is told with its code, without the password", async () => {
  const url = "postgres://me:s3cret@127.0.0.1:1/x";
  const program = run([...production, "--database-url", url], folder(), keys);
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain("(store_unavailable)");
  expect(program.output()).not.toContain("s3cret");
  const migrate = run(["migrate", "--database-url", url], folder());
  expect(await migrate.exited).toBe(1);
  expect(migrate.output()).toContain("(store_unavailable)");
});

test("without keys nothing is served beyond this machine", async () => {
  const program = run([...production, "--host", "0.0.0.0"], folder());
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain("(invalid_config)");
});

test("a second signal ends it at once, while a call is under way", async () => {
  const program = run(production, folder(), keys);
  const [, url] = await program.seen(/API +(http:\S+)/);
  let called: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    called = resolve;
  });
  const app = createServer((_request, _response) => called());
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => {
    app.closeAllConnections();
    app.close();
  });
  const serveUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/api/inngest`;
  const step = {
    id: "step",
    name: "step",
    runtime: { type: "http", url: `${serveUrl}?fnId=shop-pay&stepId=step` },
  };
  const functions = [{ id: "shop-pay", name: "Pay", triggers: [{ event: "order/placed" }], steps: { step } }];
  await fetch(`${url}/fn/register`, {
    method: "POST",
    headers: { authorization: `Bearer ${signingKey}`, "content-type": "application/json" },
    body: JSON.stringify({ url: serveUrl, appName: "shop", functions }),
  });
  await fetch(`${url}/e/an-event-key-for-tests`, { method: "POST", body: '{"name":"order/placed"}' });
  await arrived;
  program.child.kill("SIGTERM");
  await program.seen(/SIGTERM: letting running steps finish/);
  program.child.kill("SIGTERM");
  await program.exited;
  expect(program.child.signalCode).toBe("SIGKILL");
});

test("a server goes on when nobody reads what it tells any more", async () => {
  const program = run([...quiet, "--no-connect-gateway"], folder());
  const [, url] = await program.seen(/API +(http:\S+)/);
  await program.seen(/Apps/);
  program.child.stderr.destroy();
  program.child.stdout.destroy();
  expect((await fetch(`${url}/e/k`, { method: "POST", body: '{"name":"order/placed"}' })).status).toBe(200);
  // It tells of the signal, to nobody.
  program.child.kill("SIGTERM");
  expect(await ended(program)).toEqual([0, null]);
});

test("a command whose reader leaves ends as others do, without a word", async () => {
  const rows = Array.from({ length: 60_000 }, (_, no) => ({
    id: `app-${no}`,
    latestSync: {},
    functions: [],
  }));
  const url = await answering(JSON.stringify({ data: rows, page: { cursor: null, hasMore: false } }));
  const program = run(["apps", "list", "--json", "--url", url]);
  let told = "";
  program.child.stderr.on("data", (chunk) => {
    told += chunk;
  });
  program.child.stdout.once("data", () => program.child.stdout.destroy());
  expect(await ended(program)).toEqual([141, null]);
  expect(told).toBe("");
});
