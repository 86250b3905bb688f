import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { limits } from "@stepfast/protocol";
import { expect, test } from "vitest";
import { httpGateway } from "../src/gateway/http-gateway.ts";

const MINUTE_MS = 60_000;
/** The clock that connections are given up by. */
const connections = createRequire(import.meta.url)("undici/lib/util/timers.js") as {
  tick(ms: number): void;
};

test("a model may think for minutes before it says its first word: only the limit on the whole request counts", async () => {
  const server = createServer();
  const asked = once(server, "request");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const gateway = httpGateway({ allowLoopback: true });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const answer = gateway.perform({ op: "AIGateway", opts: { url }, attempt: 0 });
  const [, response] = (await asked) as [unknown, ServerResponse];
  for (let ms = 2 * MINUTE_MS; ms < limits.gatewayRequestMs; ms += MINUTE_MS) connections.tick(MINUTE_MS);
  response.end('{"said":"42"}');
  expect(await answer).toEqual({ kind: "complete", output: { said: "42" } });
  await gateway.close();
  server.close();
});
