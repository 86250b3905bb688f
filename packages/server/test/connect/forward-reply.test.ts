import {
  connectKinds,
  executorRequest,
  flushResponse,
  requestAck,
  sdkResponse,
} from "@stepfast/protocol/connect";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import { SigningKeys } from "../../src/auth/signing-keys.ts";
import { replyForwarder } from "../../src/connect/forward-reply.ts";
import { listen } from "../../src/listen.ts";
import { until } from "../patience.ts";
import { eventKey, productionNode, runOf, signingKey, withKey } from "../production-node.ts";
import { appOf, fnConfig, introduced, protobuf } from "./raw-worker.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const { authorization } = withKey;

const response = sdkResponse.decode(
  sdkResponse.encode({ requestId: "R", runId: "RUN", status: 1, body: Buffer.from("1") }),
);

/** A node that answers everything with this status, and what it was asked. */
async function answering(status: number): Promise<{ url: string; asked: Request[]; bodies: Uint8Array[] }> {
  const asked: Request[] = [];
  const bodies: Uint8Array[] = [];
  const listener = await listen({
    port: 0,
    async fetch(request) {
      asked.push(request);
      bodies.push(new Uint8Array(await request.arrayBuffer()));
      return new Response(null, { status, headers: { location: "/elsewhere" } });
    },
  });
  opened.push(() => listener.close());
  return { url: listener.url, asked, bodies };
}

describe("a reply for another node", () => {
  test("goes there as it is, marked as handed on, with the key of the nodes", async () => {
    const there = await answering(200);
    const keys = new SigningKeys({ signingKey });
    await replyForwarder(keys)(there.url, response);
    const [request] = there.asked;
    expect([request?.method, new URL(request?.url ?? "").pathname]).toEqual(["POST", "/v0/connect/flush"]);
    expect(request?.headers.get("authorization")).toBe(keys.authorization);
    expect(request?.headers.get("x-stepfast-forwarded")).toBe("1");
    expect(sdkResponse.decode(there.bodies[0] ?? new Uint8Array())).toEqual(response);
  });

  test.each([302, 401, 503])("is not given up where that node answers %i", async (status) => {
    const there = await answering(status);
    const handed = replyForwarder(undefined)(there.url, response);
    await expect(handed).rejects.toMatchObject({ code: "api_unreachable" });
    expect(there.asked).toHaveLength(1);
    expect(there.asked[0]?.headers.has("authorization")).toBe(false);
  });

  test("is not given up where that node is gone", async () => {
    const gone = await listen({ port: 0, fetch: async () => new Response() });
    await gone.close();
    const handed = replyForwarder(undefined)(gone.url, response);
    await expect(handed).rejects.toMatchObject({ code: "api_unreachable" });
  });
});

/** Two nodes; a worker of the first one has taken a request of this run. */
async function taken() {
  const store = new SharedMemoryStore();
  const nodes = [await productionNode({ store }), await productionNode({ store })] as const;
  for (const node of nodes) opened.push(() => node.close({ drainMs: 0 }));
  const apps = [appOf("shop", [fnConfig("pay")])];
  const { worker } = await introduced(nodes[0].url, { apps, manualReadinessAck: true }, { authorization });
  opened.push(() => worker.end());
  worker.send(connectKinds.workerReady);
  const body = '{"name":"shop/pay"}';
  const sent = await fetch(`${nodes[0].url}/e/${eventKey}`, { method: "POST", body });
  const [eventId = ""] = ((await sent.json()) as { ids: string[] }).ids;
  const { requestId, runId } = executorRequest.decode((await worker.next()).payload);
  worker.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
  return { nodes, eventId, requestId, runId };
}

test("a reply that comes to another node than the one that asked reaches it, however often it comes", async () => {
  const { nodes, eventId, requestId, runId } = await taken();
  const body = sdkResponse.encode({ requestId, runId, status: 1, body: Buffer.from('"done"') });
  for (let i = 0; i < 2; i++) {
    const headers = { authorization, ...protobuf };
    const flushed = await fetch(`${nodes[1].url}/v0/connect/flush`, { method: "POST", headers, body });
    expect(flushed.status).toBe(200);
    expect(flushResponse.decode(new Uint8Array(await flushed.arrayBuffer())).requestId).toBe(requestId);
  }
  await until(async () => (await runOf(nodes[1], eventId))?.status === "COMPLETED");
  expect(await runOf(nodes[0], eventId)).toMatchObject({ output: "done" });
});
