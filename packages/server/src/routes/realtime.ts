import { limits, StepfastError } from "@stepfast/protocol";
import { type Context, Hono } from "hono";
import { isRecord, parseJson, readText, refusePacked } from "../http/body.ts";
import type { Parcel } from "../realtime/parcel.ts";
import { isName, type Realtime } from "../realtime/realtime.ts";
import { RELAY_PATH } from "../realtime/relay.ts";
import { eventStream, LAST_WORDS_MS } from "../realtime/sse.ts";
import { type PublishTarget, publishStream, textOf } from "../realtime/text-stream.ts";
import { CONNECT_PATH, topicsOf } from "../realtime/web-socket.ts";

function invalid(message: string): StepfastError {
  return new StepfastError("invalid_request", message);
}

function checkName(name: string | undefined, what: string): string {
  if (isName(name)) return name;
  throw invalid(`Name the ${what}: ?${what}=… with 1 to ${limits.realtimeNameBytes} bytes`);
}

function targetOf(context: Context): PublishTarget {
  const topics = (context.req.queries("topic") ?? []).map((topic) => checkName(topic, "topic"));
  if (topics.length === 0) throw invalid("Name the topic: ?topic=…");
  if (topics.length > limits.realtimeTopics) {
    throw invalid(`Publish to at most ${limits.realtimeTopics} topics at once`);
  }
  const runId = context.req.query("run_id");
  const channel = checkName(context.req.query("channel"), "channel");
  return { channel, topics, ...(runId ? { runId } : {}) };
}

/** SDKs send a text as it is, under the content type of JSON: what is no JSON is a text. */
function dataOf(text: string): never {
  try {
    return parseJson(text === "" ? "null" : text) as never;
  } catch {
    return text as never;
  }
}

async function publish(context: Context, realtime: Realtime): Promise<Response> {
  const target = targetOf(context);
  const request = context.req.raw;
  refusePacked(request);
  const { channel, topics, runId } = target;
  if (request.headers.get("content-type")?.startsWith("text/stream")) {
    await publishStream(realtime, target, textOf(request.body));
  } else {
    const data = dataOf(await readText(request, limits.realtimeMessageBytes));
    const about = { kind: "data", channel, ...(runId === undefined ? {} : { run_id: runId }) } as const;
    for (const topic of topics) realtime.publish({ ...about, topic, data });
  }
  return Response.json({ data: { channel, topics }, status: 200 });
}

/** Not every SDK ends its stream: nothing follows for long once the run has ended. */
function overWithRun(runId: string, realtime: Realtime): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  let stopTimer = () => {};
  const stop = () => controller.abort();
  const ended = () => {
    stopTimer = realtime.clock.after(LAST_WORDS_MS, stop);
  };
  const unwatch = realtime.ends.watch(runId, ended, stop);
  return {
    signal: controller.signal,
    forget() {
      unwatch();
      stopTimer();
    },
  };
}

/** Passes on what an app streams to the caller of its endpoint (PROTOCOL §7.1). */
async function tee(context: Context, realtime: Realtime): Promise<Response> {
  const channel = checkName(context.req.query("channel"), "channel");
  const request = context.req.raw;
  refusePacked(request);
  const { signal, forget } = overWithRun(channel, realtime);
  let bytes = 0;
  try {
    for await (const text of textOf(request.body, signal)) {
      bytes += Buffer.byteLength(text);
      if (bytes > limits.requestBytes) {
        throw new StepfastError("body_too_large", `A stream has at most ${limits.requestBytes} bytes`);
      }
      realtime.publishRaw(channel, text);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    forget();
  }
  return Response.json({ data: { channel }, status: 200 });
}

async function makeToken(context: Context, realtime: Realtime): Promise<Response> {
  const request = context.req.raw;
  refusePacked(request);
  const body = parseJson(await readText(request, limits.realtimeMessageBytes));
  const topics = topicsOf(body);
  if (!Array.isArray(body) || topics.length === 0 || topics.length !== body.length) {
    throw invalid('Send the topics to subscribe to: [{"channel": "…", "name": "…", "kind": "run"}]');
  }
  if (topics.length > limits.realtimeTopics) {
    throw invalid(`A token is for at most ${limits.realtimeTopics} topics`);
  }
  return Response.json({ jwt: await realtime.tokens.forTopics(topics) }, { status: 201 });
}

function bearerOf(context: Context): string | undefined {
  return /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
}

async function relay(context: Context, realtime: Realtime): Promise<Response> {
  await realtime.tokens.checkRelay(bearerOf(context));
  const body = parseJson(await readText(context.req.raw, limits.requestBytes));
  for (const parcel of Array.isArray(body) ? body : []) if (isRecord(parcel)) realtime.take(parcel as Parcel);
  return new Response(null, { status: 204 });
}

/** Realtime (PROTOCOL §10). Subscriptions show a token of their own, nodes another; the rest needs the signing key. */
export function realtimeRoutes(realtime: Realtime): Hono {
  const app = new Hono({ strict: false });
  app.post("/v1/realtime/token", (context) => makeToken(context, realtime));
  app.post("/v1/realtime/publish", (context) => publish(context, realtime));
  app.post("/v1/realtime/publish/tee", (context) => tee(context, realtime));
  app.get("/v1/realtime/sse", async (context) =>
    eventStream(realtime, await realtime.tokens.grant(context.req.query("token"))),
  );
  app.get(CONNECT_PATH, () => {
    throw invalid("This is for WebSocket connections: ask for an upgrade, or use /v1/realtime/sse");
  });
  app.post(RELAY_PATH, (context) => relay(context, realtime));
  return app;
}
