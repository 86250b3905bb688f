import { connectKinds, executorRequest, requestAck, sdkResponse } from "@stepfast/protocol/connect";
import { type DevServer, type DevServerOptions, startDevServer } from "../../src/dev-server.ts";
import { type RawWorker, readyWorker } from "./raw-worker.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** What is open, to be closed after each test. */
export const closing: (() => unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export async function devServer(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startDevServer({
    db: ":memory:",
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 20,
    log: quiet,
    tuning: { pollMs: 20, retryIntervalMs: 5 },
    ...options,
  });
  closing.push(() => server.close({ drainMs: 0 }));
  return server;
}

export async function worker(...args: Parameters<typeof readyWorker>): Promise<RawWorker> {
  const made = await readyWorker(...args);
  closing.push(() => made.end());
  return made;
}

export interface Connection {
  id: string;
  last_status: object | null;
  all_worker_groups: Record<string, string>;
  instance_id: string;
  status: string;
}

export async function connections(url: string): Promise<Connection[]> {
  return ((await (await fetch(`${url}/v0/connect/envs/x/conns`)).json()) as { data: Connection[] }).data;
}

export async function send(url: string): Promise<string> {
  const response = await fetch(`${url}/e/key`, { method: "POST", body: '{"name":"shop/pay"}' });
  return ((await response.json()) as { ids: string[] }).ids[0] ?? "";
}

export async function runOf(url: string, eventId: string) {
  const response = await fetch(`${url}/v2/events/${eventId}/runs?includeOutput=true`);
  return ((await response.json()) as { data: { id: string; status: string; output: unknown }[] }).data[0];
}

/** Takes a request, and answers it. */
export async function answer(from: RawWorker, body: unknown, more = {}): Promise<string> {
  const request = executorRequest.decode((await from.next()).payload);
  const { requestId, runId } = request;
  from.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
  const reply = { requestId, runId, status: 1, body: Buffer.from(JSON.stringify(body)), ...more };
  from.send(connectKinds.workerReply, sdkResponse.encode(reply));
  return requestId;
}
