import { connect as connectTcp } from "node:net";
import { isUlid } from "@stepfast/protocol";
import {
  connectFrame,
  connectionReady,
  connectKinds,
  executorRequest,
  extendLease,
  extendLeaseAck,
  flushResponse,
  replyAck,
  requestAck,
  sdkResponse,
  systemError,
  workerConnectRequest,
} from "@stepfast/protocol/connect";
import { afterEach, describe, expect, test } from "vitest";
import { gatewayLimits } from "../../src/connect/limits.ts";
import { until } from "../patience.ts";
import { productionNode, signingKey } from "../production-node.ts";
import { answer, closeAll, closing, connections, devServer, runOf, send, worker } from "./gateway-world.ts";
import { appOf, fnConfig, introduced, protobuf, RawWorker, readyWorker, startSession } from "./raw-worker.ts";

afterEach(closeAll);

describe("a worker", () => {
  test("is greeted, told the intervals, given a request, and told that its reply has come", async () => {
    const { url } = await devServer();
    const { worker: raw, answer: ready } = await introduced(url, {
      apps: [appOf("shop", [fnConfig("pay")])],
      manualReadinessAck: true,
      instanceId: "mill",
    });
    closing.push(() => raw.end());
    expect(ready.kind).toBe(connectKinds.gatewayConnectionReady);
    expect(connectionReady.decode(ready.payload)).toEqual({
      heartbeatInterval: "10s",
      extendLeaseInterval: "5s",
      statusInterval: "15s",
    });
    expect(await connections(url)).toMatchObject([{ instance_id: "mill", status: "CONNECTED" }]);
    raw.send(connectKinds.workerReady);
    const eventId = await send(url);
    const frame = await raw.next();
    expect(frame.kind).toBe(connectKinds.gatewayExecutorRequest);
    const request = executorRequest.decode(frame.payload);
    expect(request).toMatchObject({ appName: "shop", functionSlug: "shop-pay", stepId: "step" });
    const call = JSON.parse(Buffer.from(request.requestPayload).toString());
    expect(call).toMatchObject({ event: { name: "shop/pay" }, ctx: { run_id: request.runId } });
    const { requestId, runId, leaseId } = request;
    raw.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
    raw.send(connectKinds.workerRequestExtendLease, extendLease.encode({ requestId, leaseId, runId }));
    const extended = extendLeaseAck.decode((await raw.next()).payload);
    expect(extended).toMatchObject({ requestId, newLeaseId: expect.any(String) });
    const body = Buffer.from('{"paid":true}');
    raw.send(connectKinds.workerReply, sdkResponse.encode({ requestId, runId, status: 1, body }));
    const ack = await raw.next();
    expect([ack.kind, replyAck.decode(ack.payload).requestId]).toEqual([
      connectKinds.workerReplyAck,
      requestId,
    ]);
    await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
    expect(await runOf(url, eventId)).toMatchObject({ output: { paid: true } });
  });

  test("that does not say that it will tell when it is ready takes requests at once", async () => {
    const { url } = await devServer();
    const apps = [appOf("shop", [fnConfig("pay")])];
    const { worker: raw } = await introduced(url, { apps, sdkLanguage: "py", sdkVersion: "0.5.19" });
    closing.push(() => raw.end());
    expect(await connections(url)).toMatchObject([{ status: "READY", sdk: "py:v0.5.19" }]);
    const eventId = await send(url);
    await answer(raw, "paid");
    await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
  });

  test("has a ULID as its connection's id, and may say in plain words what went wrong", async () => {
    const { url } = await devServer();
    expect(isUlid((await startSession(url)).connectionId)).toBe(true);
    const raw = await worker(url);
    const eventId = await send(url);
    const { requestId, runId } = executorRequest.decode((await raw.next()).payload);
    const body = Buffer.from("error calling function: no luck");
    raw.send(
      connectKinds.workerReply,
      sdkResponse.encode({ requestId, runId, status: 2, body, noRetry: true }),
    );
    await until(async () => (await runOf(url, eventId))?.status === "FAILED");
    expect(await runOf(url, eventId)).toMatchObject({
      output: { message: "error calling function: no luck" },
    });
  });

  test("may reply over HTTP, and again, and for what nobody waits for", async () => {
    const { url } = await devServer();
    const raw = await worker(url);
    const eventId = await send(url);
    const { requestId, runId } = executorRequest.decode((await raw.next()).payload);
    const flush = async (response: Parameters<typeof sdkResponse.encode>[0]) => {
      const body = sdkResponse.encode(response);
      const answered = await fetch(`${url}/v0/connect/flush`, { method: "POST", headers: protobuf, body });
      expect(answered.status).toBe(200);
      return flushResponse.decode(new Uint8Array(await answered.arrayBuffer())).requestId;
    };
    const response = { requestId, runId, status: 1, body: Buffer.from('"by post"') };
    expect(await flush(response)).toBe(requestId);
    expect(await flush({ ...response, body: Buffer.from('"twice"') })).toBe(requestId);
    expect(await flush({ requestId: "unknown", runId: "unknown" })).toBe("unknown");
    await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
    expect(await runOf(url, eventId)).toMatchObject({ output: "by post" });
  });

  test("learns that a lease is lost when the request is not its own any more", async () => {
    const { url } = await devServer();
    const raw = await worker(url);
    raw.send(connectKinds.workerRequestExtendLease, extendLease.encode({ requestId: "gone", leaseId: "x" }));
    const { requestId, newLeaseId } = extendLeaseAck.decode((await raw.next()).payload);
    expect([requestId, newLeaseId]).toEqual(["gone", undefined]);
  });

  test("is answered when it says that it is alive; what a later version says is let pass", async () => {
    const { url } = await devServer();
    const raw = await worker(url);
    raw.send(99, Buffer.from("new"));
    raw.send(connectKinds.workerHeartbeat);
    expect((await raw.next()).kind).toBe(connectKinds.gatewayHeartbeat);
  });

  test("that answers too much fails its run, and keeps its connection", async () => {
    const { url } = await devServer();
    const raw = await worker(url);
    const eventId = await send(url);
    await answer(raw, "x".repeat(8 * 1024 * 1024 + 1));
    expect((await raw.next()).kind).toBe(connectKinds.workerReplyAck);
    await until(async () => (await runOf(url, eventId))?.status === "FAILED");
    expect(await runOf(url, eventId)).toMatchObject({ output: { code: "output_too_large" } });
    const next = await send(url);
    await answer(raw, "fine");
    await until(async () => (await runOf(url, next))?.status === "COMPLETED");
  });

  test("that answers with a frame that is too large loses its connection, and fails its run once and for all", async () => {
    const connect = { ...gatewayLimits, frameBytes: 64 * 1024 };
    const { url } = await devServer({ connect });
    const raw = await worker(url);
    const eventId = await send(url);
    await answer(raw, "x".repeat(100 * 1024));
    expect((await raw.closed).code).toBe(1009);
    await until(async () => (await runOf(url, eventId))?.status === "FAILED");
    const message = expect.stringContaining("sdkResponseBytes");
    expect(await runOf(url, eventId)).toMatchObject({ output: { code: "output_too_large", message } });
  });

  test("that is silent is cut off, and its request goes to another one", async () => {
    const connect = { ...gatewayLimits, silenceMs: 1_000, sweepMs: 20 };
    const { url } = await devServer({ connect });
    const silent = await worker(url, { instanceId: "silent" });
    const eventId = await send(url);
    const { requestId } = executorRequest.decode((await silent.next()).payload);
    silent.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
    expect((await silent.closed).code).toBe(1006);
    const other = await worker(url);
    await answer(other, "by the other");
    await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
    expect(await runOf(url, eventId)).toMatchObject({ output: "by the other" });
  });
});

describe("who is not let in", () => {
  test("a token of somebody else's, or none", async () => {
    const { url } = await devServer();
    const session = await startSession(url);
    for (const [connectionId, sessionToken] of [
      ["other", session.sessionToken],
      [session.connectionId, ""],
      [session.connectionId, session.sessionToken.replace(/.$/, (last) => (last === "0" ? "1" : "0"))],
      ["", session.sessionToken],
    ] as const) {
      const raw = new RawWorker(session.gatewayEndpoint);
      await raw.next();
      const authData = { sessionToken, syncToken: "" };
      const request = { connectionId, authData, apps: [appOf("shop", [fnConfig("pay")])] };
      raw.send(connectKinds.workerConnect, workerConnectRequest.encode(request));
      expect(await raw.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/^unauthorized/) });
    }
  });

  test("a production server gives no token without the key, and takes those of nodes with its key", async () => {
    const [first, second] = [await productionNode({}), await productionNode({})];
    const stranger = await productionNode({ signingKey: "2c".repeat(16) });
    for (const server of [first, second, stranger]) closing.push(() => server.close({ drainMs: 0 }));
    const ask = (headers: Record<string, string>) =>
      fetch(`${first.url}/v0/connect/start`, { method: "POST", headers: { ...protobuf, ...headers } });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: "Bearer other" })).status).toBe(401);
    const authorization = `Bearer ${signingKey}`;
    const join = async (server: { port: number }) => {
      const session = await startSession(first.url, { authorization });
      const raw = new RawWorker(`ws://127.0.0.1:${server.port}/v0/connect`);
      closing.push(() => raw.end());
      await raw.next();
      const authData = { sessionToken: session.sessionToken, syncToken: session.syncToken };
      const { connectionId } = session;
      const apps = [appOf("shop", [fnConfig("pay")])];
      raw.send(connectKinds.workerConnect, workerConnectRequest.encode({ connectionId, authData, apps }));
      const closed = raw.closed.then(({ code }) => code);
      return Promise.race([raw.next().then(({ kind }) => kind), closed]);
    };
    expect(await join(second)).toBe(connectKinds.gatewayConnectionReady);
    expect(await join(stranger)).toBe(1008);
  });

  test.each([
    ["no app", []],
    ["an app twice", [appOf("shop", [fnConfig("pay")]), appOf("shop", [fnConfig("pay")])]],
    ["functions that are no list", [appOf("shop", {})]],
    ["a function of another app", [appOf("shop", [fnConfig("pay", "bank")])]],
    ["a wrong expression", [appOf("shop", [{ ...fnConfig("pay"), idempotency: "event." }])]],
    ["no JSON", [{ ...appOf("shop", []), functions: Buffer.from("[{") }]],
  ])("a worker with %s, which is told why", async (_what, apps) => {
    const { url, engine } = await devServer();
    const { worker: raw, answer: told } = await introduced(url, { apps });
    expect(told.kind).toBe(connectKinds.syncFailed);
    expect(systemError.decode(told.payload).code).toMatch(/^invalid_(config|json)$/);
    expect((await raw.closed).code).toBe(1008);
    expect(engine.functions()).toEqual([]);
  });

  test("who says nothing, or something else first", async () => {
    const { url } = await devServer({ connect: { ...gatewayLimits, handshakeMs: 20 } });
    const { gatewayEndpoint } = await startSession(url);
    expect((await new RawWorker(gatewayEndpoint).closed).code).toBe(1006);
    const patient = await devServer();
    const hasty = new RawWorker((await startSession(patient.url)).gatewayEndpoint);
    await hasty.next();
    hasty.send(connectKinds.workerReady);
    expect((await hasty.closed).code).toBe(1008);
  });

  test("more than there is room for", async () => {
    const { url } = await devServer({ connect: { ...gatewayLimits, maxConnections: 1 } });
    const { gatewayEndpoint } = await startSession(url);
    await worker(url);
    const response = await fetch(`${url}/v0/connect/start`, { method: "POST", headers: protobuf });
    expect([response.status, (await response.json()).code]).toEqual([429, "connection_limit"]);
    expect((await new RawWorker(gatewayEndpoint).closed).code).toBe(1006);
  });

  test("pages of other hosts, other names, other paths", async () => {
    const { url, port } = await devServer();
    const status = (path: string, headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const lines = Object.entries({
          host: `127.0.0.1:${port}`,
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
          ...headers,
        }).map(([name, value]) => `${name}: ${value}`);
        const socket = connectTcp(port, "127.0.0.1", () => {
          socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
        });
        socket.once("data", (data: Buffer) => {
          resolve(data.toString().split(" ")[1] ?? "");
          socket.destroy();
        });
      });
    expect(await status("/v0/connect", {})).toBe("101");
    expect(await status("/v0/connect", { origin: `http://127.0.0.1:${port}` })).toBe("101");
    expect(await status("/v0/connect", { origin: "https://evil.example" })).toBe("403");
    expect(await status("/v0/connect", { origin: "null" })).toBe("403");
    expect(await status("/v0/connect", { host: "evil.example" })).toBe("403");
    expect(await status("/v1/other", {})).toBe("404");
    const text = await fetch(`${url}/v0/connect/start`, { method: "POST", body: "x" });
    expect(text.status).toBe(415);
  });
});

/** Repeatable chance. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("garbage, at any moment, costs the one who sends it their connection and nobody else anything", async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  const random = dice(seed);
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const server = await devServer();
  const { url } = server;
  const good = await worker(url);
  const kinds = Object.values(connectKinds);
  try {
    for (let round = 0; round < 150; round++) {
      const bad =
        random() < 0.5 ? await readyWorker(url) : new RawWorker((await startSession(url)).gatewayEndpoint);
      await (bad.socket.readyState === bad.socket.OPEN ? undefined : bad.next());
      for (let i = 0; i < 1 + random() * 4; i++) {
        const kind = kinds[Math.floor(random() * kinds.length)] ?? 0;
        const frame = random() < 0.5 ? noise(random() * 60) : connectFrame(kind, noise(random() * 60));
        if (bad.socket.readyState === bad.socket.OPEN) bad.socket.send(frame, { binary: random() < 0.8 });
      }
      bad.end();
      await bad.closed;
    }
    for (const path of ["start", "flush"]) {
      const body = Buffer.from([0x0a, 0xff, 0xff]);
      const response = await fetch(`${url}/v0/connect/${path}`, { method: "POST", headers: protobuf, body });
      expect(response.status).toBe(400);
    }
    await until(async () => (await connections(url)).length === 1);
    const eventId = await send(url);
    await answer(good, "still here");
    await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
  } catch (error) {
    throw new Error(`with SEED=${seed}: ${String(error)}`, { cause: error });
  }
});

test("a frame beyond all measure ends the connection", async () => {
  const { url } = await devServer({ connect: { ...gatewayLimits, frameBytes: 100_000 } });
  const raw = await worker(url);
  raw.send(connectKinds.workerReply, Buffer.alloc(200_000));
  expect((await raw.closed).code).toBe(1009);
});

describe("where workers find the gateway", () => {
  test("at the address by which they came to the API, or at the one that is given", async () => {
    const { url, port } = await devServer();
    expect((await startSession(url)).gatewayEndpoint).toBe(`ws://127.0.0.1:${port}/v0/connect`);
    const authorization = `Bearer ${signingKey}`;
    const behind = await productionNode({});
    const named = await productionNode({ connectGatewayUrl: "wss://workers.example/v0/connect" });
    for (const server of [behind, named]) closing.push(() => server.close({ drainMs: 0 }));
    const forwarded = { authorization, "x-forwarded-proto": "https", "x-forwarded-host": "jobs.example" };
    expect((await startSession(behind.url, forwarded)).gatewayEndpoint).toBe("wss://jobs.example/v0/connect");
    const given = await startSession(named.url, forwarded);
    expect(given.gatewayEndpoint).toBe("wss://workers.example/v0/connect");
  });

  test("on a port beside the API's, too", async () => {
    const spare = await devServer();
    await spare.close();
    const { url } = await devServer({ connectGatewayPort: spare.port });
    const beside = `127.0.0.1:${spare.port}`;
    expect((await fetch(`http://${beside}/`)).status).toBe(426);
    for (const path of ["/v0/connect", "/", ""]) {
      const raw = new RawWorker(`ws://${beside}${path}`);
      expect((await raw.next()).kind).toBe(connectKinds.gatewayHello);
      raw.end();
    }
    await startSession(url);
    await expect(devServer({ connectGatewayPort: spare.port })).rejects.toMatchObject({
      code: "port_in_use",
    });
  });

  test("nowhere, where it is switched off", async () => {
    const { url, port } = await devServer({ connect: false, connectGatewayPort: 0 });
    const response = await fetch(`${url}/v0/connect/start`, { method: "POST", headers: protobuf });
    expect(response.status).toBe(404);
    expect((await new RawWorker(`ws://127.0.0.1:${port}/v0/connect`).closed).code).toBe(1006);
  });
});
