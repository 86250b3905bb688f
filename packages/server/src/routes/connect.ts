import { StepfastError } from "@stepfast/protocol";
import {
  CONNECT_CONTENT_TYPE,
  flushResponse,
  sdkResponse,
  startRequest,
  startResponse,
} from "@stepfast/protocol/connect";
import type { Context } from "hono";
import { Hono } from "hono";
import { CONNECT_PATH, type Gateway } from "../connect/gateway.ts";
import { gatewayLimits } from "../connect/limits.ts";
import type { ServerDeps } from "../deps.ts";
import { readBytes, refusePacked } from "../http/body.ts";
import { isForwarded } from "../http/forward.ts";
import { connectionView, groupView } from "../views/connection.ts";

const MAX_START_BYTES = 64 * 1024;

function gatewayOf(deps: ServerDeps): Gateway {
  if (deps.gateway) return deps.gateway;
  throw new StepfastError("not_found", "This server takes no workers: start it without --no-connect-gateway");
}

/** A page of a browser can send bytes of other types without being asked: only this one is read. */
async function bodyOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== CONNECT_CONTENT_TYPE && type !== "application/x-protobuf") {
    throw new StepfastError(
      "unsupported_media_type",
      `Send protobuf with "content-type: ${CONNECT_CONTENT_TYPE}"`,
    );
  }
  refusePacked(request);
  return await readBytes(request, maxBytes);
}

/** The gateway is where the API is: whatever name the worker calls this server by leads to it. */
function endpointFor(context: Context, deps: ServerDeps): string {
  if (deps.gatewayUrl !== undefined) return deps.gatewayUrl;
  const { protocol, host } = new URL(context.req.url);
  const forwarded = context.req.header("x-forwarded-proto")?.split(",", 1)[0]?.trim().toLowerCase();
  const isSecure = (forwarded ?? protocol.replace(":", "")) === "https";
  const name =
    context.req.header("x-forwarded-host")?.split(",", 1)[0]?.trim() || context.req.header("host") || host;
  return `${isSecure ? "wss" : "ws"}://${name}${CONNECT_PATH}`;
}

function protobuf(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, { headers: { "content-type": CONNECT_CONTENT_TYPE } });
}

async function start(context: Context, deps: ServerDeps): Promise<Response> {
  const gateway = gatewayOf(deps);
  startRequest.decode(await bodyOf(context.req.raw, MAX_START_BYTES));
  return protobuf(startResponse.encode(gateway.start(endpointFor(context, deps))));
}

async function flush(context: Context, deps: ServerDeps): Promise<Response> {
  const gateway = gatewayOf(deps);
  const response = sdkResponse.decode(await bodyOf(context.req.raw, gatewayLimits.frameBytes));
  await gateway.replied(response, isForwarded(context.req.raw));
  return protobuf(flushResponse.encode({ requestId: response.requestId }));
}

async function group(context: Context, deps: ServerDeps): Promise<Response> {
  const { links } = gatewayOf(deps).pool;
  const data = await groupView(context.req.param("hash") ?? "", links, deps.store);
  if (data) return Response.json({ data });
  throw new StepfastError(
    "not_found",
    "No worker of this node is of that group: see GET /v0/connect/envs/default/conns",
  );
}

/** What workers ask over HTTP (PROTOCOL §11), and who is connected (SERVER §4.3). */
export function connectRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.post("/v0/connect/start", (context) => start(context, deps));
  app.post("/v0/connect/flush", (context) => flush(context, deps));
  app.get("/v0/connect/envs/:env/conns", () =>
    Response.json({ data: [...gatewayOf(deps).pool.links].map(connectionView) }),
  );
  app.get("/v0/connect/envs/:env/groups/:hash", (context) => group(context, deps));
  return app;
}
