import type { Exchange, Reply } from "@stepfast/server";
import { Inngest } from "inngest-official";
import { serve } from "inngest-official/edge";
import { Dice } from "../campaign/dice.ts";
import { middleware, programs } from "./programs.ts";
import type { RecordedAnswer, RecordedRequest, Recording } from "./recording.ts";
import { World } from "./world.ts";

const SERVER = "http://127.0.0.1:8288";
const APP = "http://127.0.0.1:3000/api/inngest";
/** The SDK makes its address of it. */
const host = { host: "127.0.0.1:3000" };
const nothing = () => {};
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What clients of the API ask besides what the SDK does. */
const readings = (runId: string, eventId: string) => [
  "/v1/events?limit=5&name=app%2Fsequence",
  `/v1/events/${eventId}`,
  `/v1/events/${eventId}/runs`,
  `/v1/runs/${runId}`,
  `/v1/runs/${runId}/jobs`,
  "/v1/apps/app/functions",
  "/v2/runs?limit=3&status=COMPLETED,FAILED&timeField=queuedAt&from=2026-01-01T00:00:00Z&order=asc&includeOutput=true",
  "/v2/runs?functionId=app-sequence&appId=app&cursor=abc",
  `/v2/runs/${runId}`,
  `/v2/runs/${runId}/trace?includeOutput=true`,
  `/v2/events/${eventId}/runs?limit=2`,
  "/v2/apps",
  "/v2/apps/app/functions",
  `/v0/runs/${runId}/batch`,
  `/v0/runs/${runId}/actions`,
  "/dev",
  "/health",
  "/metrics",
];

/** Runs programs on the official SDK against a server, both in this process, and keeps all they say to each other. */
export async function record(seed: number): Promise<Recording> {
  const requests: RecordedRequest[] = [];
  const answers: RecordedAnswer[] = [];
  const world = new World(new Dice(seed), (exchange) => ask(exchange));
  const keep = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const { headers, method } = request;
    const text = await request.clone().text();
    const body = text === "" ? null : text;
    requests.push({ method, path: `${pathname}${search}`, headers: Object.fromEntries(headers), body });
    return world.fetch(request);
  };
  const client = new Inngest({
    id: "app",
    isDev: true,
    baseUrl: SERVER,
    logger: quiet,
    middleware,
    fetch: ((input: string, init?: RequestInit) => keep(new Request(input, init))) as typeof fetch,
  });
  const handler = serve({ client, functions: programs(client) });
  async function ask({ url, headers, body }: Exchange): Promise<Reply> {
    const response = await handler(
      new Request(url, { method: "POST", headers: { ...headers, ...host }, body }),
    );
    const reply = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
    const { fnId = "", stepId = "" } = Object.fromEntries(url.searchParams);
    answers.push({ functionId: fnId, stepId, ...reply });
    return reply;
  }
  await world.start();
  const asked = new Request(APP, { method: "PUT", headers: { ...host, "x-inngest-server-kind": "dev" } });
  const synced = await handler(asked);
  const [registration] = requests;
  if (!registration || !synced.ok) throw new Error(`the app did not register: ${await synced.text()}`);
  await play(world, keep);
  const runs = await world.store.listRuns({ limit: 400 });
  const events = await world.store.listEvents({ limit: 400 });
  const unfinished = runs.filter((run) => run.endedAt === null);
  if (unfinished.length > 0 || runs.length < 10) throw new Error(`recorded ${JSON.stringify(unfinished)}`);
  world.stop();
  const [runIds, eventIds] = [runs.map((run) => run.id), events.map((event) => event.id)];
  return { requests, answers, registration, runIds, eventIds };
}

/** Starts every program, resolves its waits, and asks the API about all of it. */
async function play(world: World, keep: (request: Request) => Promise<Response>): Promise<void> {
  const post = (path: string, body: unknown) => {
    const headers = { "content-type": "application/json" };
    return keep(new Request(`${SERVER}${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  };
  const names = [
    "sequence",
    "parallel",
    "waiting",
    "failing",
    "guarded",
    "asking",
    "noting",
    "other",
    "double",
  ];
  const events = names.map((name) => ({ name: `app/${name}`, data: { id: "7", n: 1 }, user: { id: "u" } }));
  for (const event of events) await post("/e/key", event);
  await post("/e/key", [
    ...events,
    { name: "app/sequence", data: {}, id: "given", ts: 1_767_225_600_000, v: "2" },
  ]);
  await world.settle();
  const [run] = await world.store.listRuns({ status: ["running"], limit: 1 });
  for (const path of readings(run?.id ?? "", run?.eventId ?? "")) await keep(new Request(`${SERVER}${path}`));
  await post("/e/key", { name: "app/news", data: { id: "7" } });
  await world.settle();
  await post("/v1/signals", { signal: "s-7", data: { ok: true } });
  await post("/e/key", { name: "app/cancel", data: { id: "7" } });
  await post("/invoke/app-double", { data: { n: 3 } });
  await post("/v2/events", { name: "app/sequence", data: {} });
  await world.settle();
  const [live] = await world.store.listRuns({ status: ["running"], limit: 1 });
  await keep(new Request(`${SERVER}/v1/runs/${live?.id}`, { method: "DELETE" }));
  await post(`/v2/runs/${live?.id}/cancel`, {});
  await world.rest(() => true);
}
