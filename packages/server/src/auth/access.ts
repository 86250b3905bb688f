import { StepfastError } from "@stepfast/protocol";
import type { Context, MiddlewareHandler } from "hono";
import { failure } from "../http/failure.ts";
import type { EventKeys } from "./event-keys.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Who may do what on a production server. What needs a key that there is not is closed. */
export interface ServerKeys {
  event: EventKeys;
  signing: SigningKeys | undefined;
}

/** Asked by load balancers and orchestrators; they tell nothing that is worth a key. */
const openPaths = new Set(["/health", "/livez", "/readyz", "/v2/health", "/api/v2/health"]);

/** Each checks a token of its own, made for it by this installation. */
const tokenPaths = new Set(["/v1/realtime/sse", "/v1/realtime/relay"]);
const outputPath = /^\/v1\/(?:checkpoint|http\/runs)\/[^/]+\/output$/;

function hasOwnToken(path: string): boolean {
  return tokenPaths.has(path) || outputPath.test(path);
}

function bearerOf(context: Context): string | undefined {
  return /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
}

function isEventPath(path: string): boolean {
  return path === "/e" || path.startsWith("/e/");
}

function pathKey(path: string): string {
  try {
    return decodeURIComponent(path.slice("/e/".length));
  } catch {
    return "";
  }
}

function refusal(context: Context, message: string): Response {
  const error = new StepfastError("unauthorized", message);
  return failure(context.req.path, error, { headers: { "www-authenticate": "Bearer" } });
}

function refuseEvents(context: Context, path: string, keys: EventKeys): Response | undefined {
  if (keys.isEmpty)
    return refusal(context, "This server takes no events: it was started without an event key");
  const accepted = [pathKey(path), bearerOf(context) ?? ""].filter((key) => keys.accepts(key));
  if (accepted.length > 0) return undefined;
  return refusal(context, "Send events to /e/<event key>, with a key this server was started with");
}

function refuseApi(context: Context, keys: SigningKeys | undefined): Response | undefined {
  if (!keys) return refusal(context, "This is closed: the server was started without a signing key");
  const token = bearerOf(context);
  if (token !== undefined && keys.accepts(token)) return undefined;
  return refusal(context, 'Send the signing key: "authorization: Bearer <signing key>"');
}

/**
 * Lets in who has the key: event keys for events, the signing key for everything else, also for what is not there.
 * Whatever is added to the server is closed until it is named here.
 */
export function closedByDefault(keys: ServerKeys): MiddlewareHandler {
  return async (context, next) => {
    const path = context.req.path.replace(/\/+$/, "");
    if (openPaths.has(path) || hasOwnToken(path)) return await next();
    const refused = isEventPath(path)
      ? refuseEvents(context, path, keys.event)
      : refuseApi(context, keys.signing);
    return refused ?? (await next());
  };
}
