import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { OpOptions } from "@stepfast/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { isPublicAddress } from "../src/gateway/address-rules.ts";
import { type GatewayOptions, httpGateway } from "../src/gateway/http-gateway.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

type Handler = (seen: Seen, response: ServerResponse) => void;

/** A server on this machine that stands in for one of the internet. */
async function standIn(handler: Handler): Promise<{ url: string; port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body });
    handler({ method, url, headers, body }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

function gateway(options: GatewayOptions = { allowLoopback: true }) {
  const made = httpGateway(options);
  opened.push(() => made.close());
  const asks = (op: "Gateway" | "AIGateway") => (opts: OpOptions) => made.perform({ op, opts, attempt: 0 });
  return { fetch: asks("Gateway"), infer: asks("AIGateway") };
}

const refused = { kind: "error", noRetry: true, error: { code: "forbidden_address" } };
/** A name that is at these addresses. */
const named = (...addresses: string[]): GatewayOptions => ({
  resolve: (_name, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    ),
});

describe("the guard", () => {
  test.each([
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::a00:1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2002:a00:1::",
    "2001:0:0:1::",
  ])("%s is not of the public internet", async (address) => {
    expect(isPublicAddress(address)).toBe(false);
    const host = address.includes(":") ? `[${address}]` : address;
    expect(await gateway({}).fetch({ url: `http://${host}:8080/` })).toMatchObject(refused);
    expect(await gateway(named(address)).infer({ url: "http://model.test:8080/" })).toMatchObject(refused);
  });

  test.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "9.255.255.255", "2606:4700::1111", "2a00:1450::1"])(
    "%s is",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test.each([
    "http://2130706433/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://localhost/",
    "http://[::1]/",
  ])("other spellings of this machine are refused: %s", async (url) =>
    expect(await gateway({}).fetch({ url })).toMatchObject(refused),
  );

  test("a name with one closed address among its own is refused", async () => {
    expect(await gateway(named("1.1.1.1", "10.0.0.1")).fetch({ url: "http://two.test/" })).toMatchObject(
      refused,
    );
  });

  test("a name is looked up once: what was checked is what is asked", async () => {
    const { port, seen } = await standIn((_seen, response) => response.end("ok"));
    const answers = ["127.0.0.1", "10.0.0.1"];
    let lookups = 0;
    const { fetch } = gateway({
      allowLoopback: true,
      resolve: (_name, done) => done(null, [{ address: answers[lookups++] ?? "", family: 4 }]),
    });
    expect(await fetch({ url: `http://turns.test:${port}/` })).toMatchObject({ kind: "complete" });
    expect({ lookups, asked: seen.length }).toEqual({ lookups: 1, asked: 1 });
  });

  test("a redirect goes no further than a request", async () => {
    const { url, seen } = await standIn((_seen, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end(),
    );
    expect(await gateway().fetch({ url })).toMatchObject(refused);
    expect(seen).toHaveLength(1);
  });

  test("a host that is allowed is asked wherever it is", async () => {
    const { url, port } = await standIn((_seen, response) => response.end("ok"));
    expect(await gateway({ allowHosts: ["127.0.0.1"] }).fetch({ url })).toMatchObject({ kind: "complete" });
    expect(await gateway({ allowHosts: [`127.0.0.1:${port}`] }).fetch({ url })).toMatchObject({
      kind: "complete",
    });
    expect(await gateway({ allowHosts: ["127.0.0.1:1"] }).fetch({ url })).toMatchObject(refused);
    const byName = gateway({ allowHosts: ["MODEL.test"] });
    // The name of a host that is allowed is the system's to resolve.
    expect(await byName.fetch({ url: `http://model.test:${port}` })).toMatchObject({
      error: { code: "gateway_failed" },
    });
  });

  test.each([
    ["file:///etc/passwd", "HTTP"],
    ["ftp://example.test", "HTTP"],
    ["http://me:pw@example.test/", "password"],
    ["no url", "URL"],
    [undefined, "URL"],
  ])("%s is refused at once", async (url, reason) => {
    const outcome = await gateway().fetch({ url } as OpOptions);
    expect(outcome).toMatchObject({ kind: "error", noRetry: true, error: { code: "invalid_request" } });
    expect(JSON.stringify(outcome)).toContain(reason);
  });
});

describe("step.fetch", () => {
  test("any answer is the result: status, headers, body", async () => {
    const { url, seen } = await standIn((_seen, response) =>
      response.writeHead(418, { "x-tea": "pot", "content-type": "text/plain" }).end("short ✓"),
    );
    const opts = {
      url: `${url}/a?b=1`,
      method: "put",
      headers: { "X-One": "1", host: "evil" },
      body: "text",
    };
    expect(await gateway().fetch(opts)).toMatchObject({
      kind: "complete",
      output: { url: `${url}/a?b=1`, status_code: 418, body: "short ✓", headers: { "x-tea": "pot" } },
    });
    expect(seen[0]).toMatchObject({ method: "PUT", url: "/a?b=1", body: "text", headers: { "x-one": "1" } });
    expect(seen[0]?.headers.host).toBe(new URL(url).host);
  });

  test("a packed answer is unpacked", async () => {
    const { url } = await standIn((_seen, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("plain")),
    );
    const outcome = await gateway().fetch({ url });
    expect(outcome).toMatchObject({ output: { body: "plain" } });
    expect(JSON.stringify(outcome)).not.toContain("gzip");
  });

  test("an answer without a body has none", async () => {
    const { url } = await standIn((_seen, response) => response.writeHead(204).end());
    expect(await gateway().fetch({ url })).toMatchObject({ output: { body: null, status_code: 204 } });
  });

  test("redirects are followed as browsers do; a key stays with its origin", async () => {
    const other = await standIn((_seen, response) => response.end("there"));
    const { url, seen } = await standIn((asked, response) => {
      const location = asked.url === "/one" ? "/two" : other.url;
      response.writeHead(asked.url === "/one" ? 307 : 303, { location }).end();
    });
    const headers = { authorization: "Bearer k", "x-kept": "1" };
    const outcome = await gateway().fetch({ url: `${url}/one`, method: "POST", body: "b", headers });
    expect(outcome).toMatchObject({ output: { body: "there", url: `${other.url}/` } });
    expect(seen[1]).toMatchObject({ method: "POST", body: "b", headers: { authorization: "Bearer k" } });
    expect(other.seen[0]).toMatchObject({ method: "GET", body: "", headers: { "x-kept": "1" } });
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  test("redirects without end, and answers without end, are given up", async () => {
    const loop = await standIn((_seen, response) => response.writeHead(302, { location: "/" }).end());
    expect(await gateway().fetch({ url: loop.url })).toMatchObject({ error: { code: "gateway_failed" } });
    const flood = await standIn((_seen, response) => {
      const chunk = "x".repeat(1024 * 1024);
      const pour = () => {
        if (!response.destroyed && response.write(chunk)) setImmediate(pour);
        else response.once("drain", pour);
      };
      pour();
    });
    const strict = gateway({ allowLoopback: true, maxAnswerBytes: 4 * 1024 * 1024 });
    expect(await strict.fetch({ url: flood.url })).toMatchObject({
      noRetry: true,
      error: { code: "output_too_large" },
    });
  });

  test("a server that is not there, or silent, is asked again later", async () => {
    const { port } = await standIn(() => {});
    const again = { kind: "error", noRetry: false, error: { code: "gateway_failed" } };
    expect(await gateway().fetch({ url: "http://127.0.0.1:1/" })).toMatchObject(again);
    const patient = gateway({ allowLoopback: true, timeoutMs: 20 });
    expect(await patient.fetch({ url: `http://127.0.0.1:${port}/` })).toMatchObject(again);
  });
});

describe("step.ai.infer", () => {
  test.each([
    ["openai-chat", "authorization", "Bearer KEY"],
    ["anthropic", "x-api-key", "KEY"],
    ["gemini", "x-goog-api-key", "KEY"],
    ["azure-openai", "api-key", "KEY"],
    ["something-new", "authorization", "Bearer KEY"],
  ])("%s is asked with the key in %s", async (format, header, value) => {
    const { url, seen } = await standIn((_seen, response) => response.end('{"choices":[1]}'));
    const body = { model: "m", messages: [] };
    const outcome = await gateway().infer({ url: `${url}/v1/chat`, auth_key: "KEY", format, body });
    expect(outcome).toEqual({ kind: "complete", output: { choices: [1] } });
    expect(seen[0]).toMatchObject({
      method: "POST",
      headers: { [header]: value, "content-type": "application/json" },
    });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual(body);
  });

  test("an answer that is no success is tried again, when the model says so", async () => {
    const { url } = await standIn((_seen, response) =>
      response.writeHead(429, { "retry-after": "7" }).end('{"error":"slow down"}'),
    );
    expect(await gateway().infer({ url: `${url}/v1?key=SECRET`, body: {} })).toMatchObject({
      kind: "error",
      noRetry: false,
      retryAfter: "7",
      error: { code: "gateway_failed", message: expect.stringMatching(/429.*slow down/) },
    });
  });

  test("what goes wrong is told without what the URL's query may hold", async () => {
    const { url } = await standIn((_seen, response) => response.end("<html>"));
    for (const target of [`${url}/v1?key=SECRET`, "http://127.0.0.1:1/v1?key=SECRET"]) {
      const outcome = await gateway().infer({ url: target, body: {} });
      expect(outcome).toMatchObject({ kind: "error", noRetry: false });
      expect(JSON.stringify(outcome)).not.toContain("SECRET");
    }
  });
});
