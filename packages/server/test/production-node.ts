import { COMPLETE_OP_ID } from "@stepfast/protocol";
import { expect } from "vitest";
import {
  type ProductionOptions,
  type ProductionServer,
  startProductionServer,
} from "../src/production-server.ts";
import { reply, type SdkStub, startSdkStub } from "./sdk-stub.ts";

export const signingKey = "0a".repeat(16);
export const eventKey = "an-event-key-of-some-length";
export const withKey = { authorization: `Bearer ${signingKey}`, "content-type": "application/json" };

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** A production server on loopback that looks around often. */
export function productionNode(options: Partial<ProductionOptions>): Promise<ProductionServer> {
  return startProductionServer({
    db: ":memory:",
    port: 0,
    eventKeys: [eventKey],
    signingKey,
    // The apps of these tests are no SDKs: they sign nothing.
    allowUnsignedAnswers: true,
    sdkUrls: [],
    pollIntervalMs: 0,
    tuning: { pollMs: 20, retryIntervalMs: 5 },
    log,
    ...options,
  });
}

/** Reports a step to `api` within each call, as an app does whose API address may be another node's, then ends. */
export async function reportingApp(api: () => string): Promise<SdkStub & { checkpoints: number[] }> {
  const checkpoints: number[] = [];
  const stub = await startSdkStub((request, response) => {
    const { ctx } = JSON.parse(request.body);
    const report = {
      run_id: ctx.run_id,
      request_id: request.headers["x-request-id"],
      generation_id: Number(request.headers["x-inngest-generation-id"]),
      steps: [{ id: "a".repeat(40), op: "StepRun", name: "one", data: 1 }],
    };
    const init = { method: "POST", headers: withKey, body: JSON.stringify(report) };
    void fetch(`${api()}/v1/checkpoint/${ctx.run_id}/async`, init).then(({ status }) => {
      checkpoints.push(status);
      reply(response, 206, [{ id: COMPLETE_OP_ID, op: "RunComplete", data: "done" }]);
    });
  });
  return { ...stub, checkpoints };
}

/** Registers the function `shop-pay`, triggered by `order/placed`, at this URL. */
export async function register(server: { url: string }, url: string): Promise<void> {
  const runtime = { type: "http", url: `${url}?fnId=shop-pay&stepId=step` };
  const steps = { step: { id: "step", name: "step", runtime } };
  const pay = { id: "shop-pay", name: "Pay", triggers: [{ event: "order/placed" }], steps };
  const body = JSON.stringify({ url, appName: "shop", functions: [pay] });
  const response = await fetch(`${server.url}/fn/register`, { method: "POST", headers: withKey, body });
  expect(response.status).toBe(200);
}

/** Sends `order/placed`; the event's id. */
export async function placeOrder(server: { url: string }): Promise<string> {
  const body = '{"name":"order/placed"}';
  const response = await fetch(`${server.url}/e/${eventKey}`, { method: "POST", body });
  const { ids } = (await response.json()) as { ids: string[] };
  return ids[0] ?? "";
}

/** The first run of an event, as this node tells of it. */
export async function runOf(
  server: { url: string },
  eventId: string,
): Promise<{ status: string; output: unknown } | undefined> {
  const url = `${server.url}/v2/events/${eventId}/runs?includeOutput=true`;
  const { data } = (await (await fetch(url, { headers: withKey })).json()) as { data: never[] };
  return data?.[0];
}
