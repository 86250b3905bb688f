import { StepfastError } from "@stepfast/protocol";
import type { Context, MiddlewareHandler } from "hono";
import { failure } from "../http/failure.ts";
import type { Scope } from "../schemas/key.ts";
import type { EventKeys } from "./event-keys.ts";
import type { MadeKeys } from "./made-keys.ts";
import { nameOperator } from "./operator.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Who may do what on a production server. What needs a key that there is not is closed. */
export interface ServerKeys {
  event: EventKeys;
  signing: SigningKeys | undefined;
}

/** What decides about a request. */
export interface Gate {
  keys: ServerKeys;
  /** Keys made through the API. */
  made: MadeKeys;
  /** What a made key needs for a request; undefined: no made key opens it. */
  scopeOf(method: string, path: string): Scope | undefined;
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

/** A webhook's address holds its key: whoever answers there checks it. */
function isHookPath(path: string): boolean {
  return path.startsWith("/hooks/");
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

async function refuseEvents(context: Context, path: string, gate: Gate): Promise<Response | undefined> {
  const { event } = gate.keys;
  const given = [pathKey(path), bearerOf(context) ?? ""];
  if (given.some((key) => event.accepts(key))) return undefined;
  for (const key of given) if ((await gate.made.check(key, "send")).verdict === "opens") return undefined;
  return refusal(
    context,
    event.isEmpty
      ? "This server takes no events: it was started without an event key"
      : "Send events to /e/<event key>, with a key this server was started with",
  );
}

async function refuseMade(context: Context, path: string, gate: Gate): Promise<Response | undefined> {
  const scope = gate.scopeOf(context.req.method, path);
  const { verdict, holder } = await gate.made.check(bearerOf(context) ?? "", scope ?? "admin");
  if (holder !== null) nameOperator(context.req.raw, holder);
  if (verdict === "opens" && scope !== undefined) return undefined;
  if (verdict === "unknown") {
    const wanted = "the signing key, or one made at /v2/keys";
    return refusal(
      context,
      bearerOf(context) === undefined
        ? `Send ${wanted}: "authorization: Bearer <key>"`
        : `The key that was sent opens nothing here: send ${wanted}`,
    );
  }
  const problem =
    scope === undefined
      ? "This is open to the signing key only"
      : `The key lacks the scope "${scope}": make one that has it`;
  return failure(context.req.path, new StepfastError("forbidden", problem));
}

async function refuseApi(context: Context, path: string, gate: Gate): Promise<Response | undefined> {
  const { signing } = gate.keys;
  if (!signing) return refusal(context, "This is closed: the server was started without a signing key");
  const token = bearerOf(context);
  if (token !== undefined && signing.accepts(token)) {
    nameOperator(context.req.raw, "signing key");
    return undefined;
  }
  return await refuseMade(context, path, gate);
}

/**
 * Lets in who has the key: event keys for events, the signing key for everything else, also for what is not there. Keys
 * made through the API open what their scopes say. Whatever is added to the server is closed until it is named here.
 */
export function closedByDefault(gate: Gate): MiddlewareHandler {
  return async (context, next) => {
    const path = context.req.path.replace(/\/+$/, "");
    if (openPaths.has(path) || hasOwnToken(path) || isHookPath(path)) return await next();
    const refused = isEventPath(path)
      ? await refuseEvents(context, path, gate)
      : await refuseApi(context, path, gate);
    return refused ?? (await next());
  };
}
