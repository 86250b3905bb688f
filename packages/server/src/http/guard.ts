import { StepfastError } from "@stepfast/protocol";
import type { MiddlewareHandler } from "hono";
import { failure } from "./failure.ts";

/*
 * A server on a developer's machine is within reach of every web page that the developer opens. Two checks keep them
 * out: the Host header must be a name that only this machine answers to (a page cannot point its own name here), and
 * a browser's request that changes something must come from a page of this machine.
 */

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);
const wildcardAddresses = new Set(["0.0.0.0", "::", "[::]"]);
const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

export function isLoopbackName(name: string): boolean {
  return loopbackNames.has(name) || name.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** Whether a server that listens on `host`, a name or an address, is within reach of its own machine only. */
export function isLoopbackHost(host: string): boolean {
  return isLoopbackName(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host.toLowerCase());
}

/** Names nobody can register and point at this machine: addresses, and names within a private network. */
function isPrivateName(name: string): boolean {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith("[");
  return isAddress || !name.includes(".") || name.endsWith(".internal");
}

export function hostnameOf(text: string): string | undefined {
  try {
    return new URL(text).hostname.toLowerCase();
  } catch {
    return undefined;
  }
}

/** Whether a request for this Host may be served by a server that listens on `host`. */
export function isAllowedHost(name: string, host: string): boolean {
  const own = host.toLowerCase();
  if (isLoopbackName(name) || name === own || name === `[${own}]`) return true;
  return wildcardAddresses.has(own) && isPrivateName(name);
}

function isEventPath(path: string): boolean {
  return path.startsWith("/e/");
}

function isAllowedOrigin(origin: string, request: { host: string; path: string }): boolean {
  const name = hostnameOf(origin);
  if (name === undefined) return false;
  if (isEventPath(request.path) && isLoopbackName(name)) return true;
  return new URL(origin).host.toLowerCase() === request.host;
}

/** Refuses requests that a web page of somebody else's could have caused. 403 `forbidden`. */
export function guard(host: string): MiddlewareHandler {
  return async (context, next) => {
    const path = context.req.path;
    const requestHost = (context.req.header("host") ?? new URL(context.req.url).host).toLowerCase();
    const name = hostnameOf(`http://${requestHost}`);
    if (name === undefined || !isAllowedHost(name, host)) {
      return failure(
        path,
        forbidden(`This server does not answer to the host "${requestHost}": use localhost or pass --host`),
      );
    }
    const origin = context.req.header("origin");
    const reads = readingMethods.has(context.req.method);
    if (origin !== undefined && !reads && !isAllowedOrigin(origin, { host: requestHost, path })) {
      return failure(path, forbidden(`Pages of ${origin} may not change anything here`));
    }
    return await next();
  };
}

function forbidden(message: string): StepfastError {
  return new StepfastError("forbidden", message);
}

/** Lets pages of this machine send events: answers their preflight and marks the replies as theirs to read. */
export function allowLoopbackPages(): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header("origin");
    const name = origin === undefined ? undefined : hostnameOf(origin);
    if (origin === undefined || name === undefined || !isLoopbackName(name)) return await next();
    if (context.req.method === "OPTIONS")
      return preflight(origin, context.req.header("access-control-request-headers"));
    await next();
    context.res.headers.set("access-control-allow-origin", origin);
    context.res.headers.append("vary", "origin");
  };
}

function preflight(origin: string, requestedHeaders = "content-type"): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": requestedHeaders,
      "access-control-max-age": "600",
      vary: "origin",
    },
  });
}
