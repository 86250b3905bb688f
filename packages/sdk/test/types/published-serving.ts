/*
 * What code for the published package says of serving, sending and realtime. All of it compiles with inngest 4.24.0 as well;
 * here it is only compiled, by types.test.ts.
 */
// biome-ignore-all lint/correctness/noUnusedVariables: compiled, not run
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: compiled, not run
// biome-ignore-all lint/suspicious/noUnusedExpressions: compiled, not run

import type { InngestFunction, ServeHandlerOptions } from "stepfast";
import {
  InngestCommHandler,
  isInngest,
  isInngestFunction,
  isInngestRequest,
  RetryAfterError,
  serializeError,
} from "stepfast";
import { ConnectionState, connect, type WorkerConnection } from "stepfast/connect";
import { serve as serveEdge } from "stepfast/edge";
import { createDefer, getAsyncCtx } from "stepfast/experimental";
import { serve as serveExpress } from "stepfast/express";
import { serve as serveLambda } from "stepfast/lambda";
import { serve as serveNext } from "stepfast/next";
import { serve } from "stepfast/node";
import { type UseRealtimeConnectionStatus, type UseRealtimeRunStatus, useRealtime } from "stepfast/react";
import { getSubscriptionToken, type Realtime, subscribe } from "stepfast/realtime";
import { z } from "zod";

import { a, anyClient, b, chat, fixed, inngest, userCreated } from "./published-functions.ts";

const fns: InngestFunction.Any[] = [a, b];
type Msg = Realtime.Message;
async function rt(): Promise<void> {
  await inngest.realtime.publish(fixed.t, { a: 1 });
  const token = await getSubscriptionToken(inngest, { channel: fixed, topics: ["t"] });
  const stream = await subscribe({ app: inngest, channel: chat("1"), topics: ["msg"] });
  for await (const m of stream) {
    m.data;
    m.topic;
  }
  const t2 = await inngest.realtime.token({ channel: "x", topics: ["a"] });
}
async function other(): Promise<void> {
  const { ids } = await inngest.send({ name: "x", data: { a: 1 }, id: "1", ts: 1 });
  await inngest.send([userCreated.create({ id: "1" }, { id: "d" })], { env: "b" });
  await inngest.sendSignal({ signal: "a", data: 1 });
  inngest.setEnvVars({ INNGEST_DEV: "1" }).id;
  await inngest.ready;
  inngest.id.length;
  new RetryAfterError("x", "30s");
  new RetryAfterError("x", 1000, { cause: 1 });
  new RetryAfterError("x", new Date()).retryAfter.length;
  const e = serializeError(new Error("x"));
  e.name;
  e.message;
  e.stack;
  e.__serialized;
  isInngest(inngest);
  isInngestFunction(a);
  isInngestRequest({ headers: { get: () => null } } as unknown as Request);
  const c: WorkerConnection = await connect({
    apps: [{ client: inngest, functions: [a, b] }],
    instanceId: "x",
    maxWorkerConcurrency: 1,
    handleShutdownSignals: ["SIGTERM"],
  });
  if (c.state === ConnectionState.ACTIVE) await c.close();
  const st: ConnectionState = ConnectionState.ACTIVE;
  const ctx = await getAsyncCtx();
  ctx?.execution?.ctx.runId;
}
const defer1 = createDefer(
  inngest,
  { id: "d", schema: z.object({ a: z.string() }) },
  async ({ event, step, parents }) => {
    event.data.a.length;
    parents[0]?.runId;
  },
);
serve({
  client: inngest,
  functions: [a, b, defer1],
  servePath: "/x",
  serveOrigin: "http://x",
  streaming: true,
});
serveNext({ client: inngest, functions: fns }).GET;
const { GET, POST, PUT } = serveNext({ client: inngest, functions: [a] });
serveExpress({ client: inngest, functions: [a] });
serveLambda({ client: anyClient, functions: [a] });
serveEdge({ client: inngest, functions: [] });
const sho: ServeHandlerOptions = { client: inngest, functions: [a] };
const customServe = (options: ServeHandlerOptions) => {
  const handler = new InngestCommHandler({
    frameworkName: "custom",
    ...options,
    handler: (req: Request) => ({
      body: () => req.json(),
      headers: (key) => req.headers.get(key),
      method: () => req.method,
      url: () => new URL(req.url),
      transformResponse: ({ body, status, headers }) => new Response(body, { status, headers }),
    }),
  });
  return handler.createHandler();
};
function C(): void {
  const { messages, connectionStatus, runStatus } = useRealtime({
    channel: fixed,
    topics: ["t"],
    token: async () => getSubscriptionToken(inngest, { channel: fixed, topics: ["t"] }),
    enabled: true,
  });
  messages.last;
  const cs: UseRealtimeConnectionStatus = connectionStatus;
  const rs: UseRealtimeRunStatus = runStatus;
}
