import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { main } from "../src/main.ts";

const MIB = 1024 * 1024;

type Reply = (response: ServerResponse, query: URLSearchParams) => void;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server that answers one request after the other as it is told. */
async function serverOf(...replies: Reply[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? "", "http://localhost");
    asked.push(`${pathname}?${searchParams}`);
    replies.shift()?.(response, searchParams);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const line = (id: string, padding = 0) =>
  `${JSON.stringify({ v: 1, run: { id, output: "x".repeat(padding) }, events: [] })}\n`;

const idsIn = (text: string) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((one) => JSON.parse(one).run.id);

async function exportTo(url: string, args: string[]) {
  const told: string[] = [];
  const written: Uint8Array[] = [];
  let printed = "";
  const code = await main(["export", "--url", url, ...args], {
    env: {},
    cwd: tmpdir(),
    print: (text) => {
      printed += text;
    },
    writeOut: async (bytes) => void written.push(bytes),
    io: { tell: (text) => void told.push(text), untilStopped: async () => "SIGINT", color: false },
    run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
  });
  return { code, told: told.join("\n"), printed, output: Buffer.concat(written) };
}

/** Sends some whole lines and a part of one, and is gone. */
const cutOff: Reply = (response) => {
  response.write([1, 2, 3].map((no) => line(`r${no}`, 3 * MIB)).join(""));
  response.write(line("r4", 3 * MIB).slice(0, MIB), () => response.destroy());
};
const rest: Reply = (response) => response.end([line("r4"), line("r5")].join(""));

describe.each(["jobs.jsonl", "jobs.jsonl.gz"])("export to %s", (name) => {
  const read = (path: string) => {
    const bytes = readFileSync(path);
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  };

  test("goes on after a cut where it was, with nothing twice and nothing missing", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "stepfast-export-")), name);
    const { url, asked } = await serverOf(cutOff, rest);
    const args = ["--to", path, "--status", "failed", "--from", "7d"];
    const first = await exportTo(url, args);
    expect(first).toMatchObject({ code: 1, told: expect.stringContaining("the same command goes on") });
    // Whatever was on its way to the file when the process died.
    writeFileSync(path, "rubbish", { flag: "a" });
    const second = await exportTo(url, args);
    expect(second.told).toContain("3 runs already");
    expect([second.code, second.printed]).toEqual([0, expect.stringContaining("5 runs")]);
    expect(idsIn(read(path))).toEqual(["r1", "r2", "r3", "r4", "r5"]);
    expect(asked[1]).toContain("cursor=r3");
    const from = (query = "") => new URLSearchParams(query).get("from");
    expect(from(asked[1])).toBe(from(asked[0]));
    expect(existsSync(`${path}.progress`)).toBe(false);
  });

  test("writes over nothing, and mixes no two questions", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "stepfast-export-")), name);
    const { url, asked } = await serverOf(cutOff);
    await exportTo(url, ["--to", path]);
    const other = await exportTo(url, ["--to", path, "--status", "failed"]);
    expect([other.code, other.told]).toEqual([1, expect.stringContaining("other options")]);
    writeFileSync(`${path}.x`, "mine");
    const taken = await exportTo(url, ["--to", `${path}.x`]);
    expect([taken.code, taken.told]).toEqual([1, expect.stringContaining("is there already")]);
    expect(asked).toHaveLength(1);
  });
});

test("export to standard output, compressed if that is wanted", async () => {
  const { url } = await serverOf(rest, rest);
  expect(idsIn((await exportTo(url, [])).output.toString())).toEqual(["r4", "r5"]);
  const compressed = await exportTo(url, ["--gzip"]);
  expect(idsIn(gunzipSync(compressed.output).toString())).toEqual(["r4", "r5"]);
});

test("a server that sends something else, or refuses, is told of", async () => {
  const { url } = await serverOf(
    (response) => response.end('{"v":2,"run":{}}\n'),
    (response) => response.writeHead(400).end('{"errors":[{"code":"invalid_expression","message":"no"}]}'),
  );
  expect(await exportTo(url, [])).toMatchObject({ code: 1, told: expect.stringContaining("no archive") });
  expect(await exportTo(url, [])).toMatchObject({
    code: 1,
    told: expect.stringContaining("invalid_expression"),
  });
});

test("an export that is refused leaves no file behind, so that the right one can be given the same name", async () => {
  const { url } = await serverOf(
    (response) => response.writeHead(400).end('{"errors":[{"code":"invalid_request","message":"no"}]}'),
    rest,
  );
  const path = join(mkdtempSync(join(tmpdir(), "stepfast-export-")), "jobs.jsonl");
  const refused = await exportTo(url, ["--to", path, "--status", "failled"]);
  expect([refused.code, refused.told]).toEqual([1, "error: no (invalid_request)"]);
  expect([existsSync(path), existsSync(`${path}.progress`)]).toEqual([false, false]);
  expect((await exportTo(url, ["--to", path, "--status", "failed"])).code).toBe(0);
});
