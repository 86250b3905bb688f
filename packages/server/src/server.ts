import { Hono, type MiddlewareHandler } from "hono";
import { mount } from "./api/mount.ts";
import { scopeTable } from "./api/scope-table.ts";
import { closedByDefault } from "./auth/access.ts";
import { MadeKeys } from "./auth/made-keys.ts";
import type { ServerDeps } from "./deps.ts";
import { failureOf } from "./http/failure.ts";
import { guard } from "./http/guard.ts";
import { unmatched } from "./http/unmatched.ts";
import { descriptionRoutes } from "./routes/api-description.ts";
import { appSyncRoutes } from "./routes/app-sync.ts";
import { endpoints } from "./routes/endpoints.ts";
import { eventRoutes } from "./routes/event-api.ts";
import { healthRoutes } from "./routes/health.ts";
import { runStateRoutes } from "./routes/run-state.ts";
import { hookRoutes } from "./webhooks/receive.ts";

export interface Server {
  /** Answers a request. Never rejects. */
  fetch(request: Request): Promise<Response>;
}

const DEFAULT_HOST = "127.0.0.1";

/** What every request has to pass. */
function doorOf(deps: ServerDeps): MiddlewareHandler {
  if (deps.mode === "dev") return guard(deps.host ?? DEFAULT_HOST);
  const { keys, store } = deps;
  return closedByDefault({ keys, made: new MadeKeys(store), scopeOf: scopeTable(endpoints) });
}

/** The HTTP APIs over an engine and its store. docs/api.md lists the routes. */
export function createServer(deps: ServerDeps): Server {
  const app = new Hono({ strict: false });
  app.use("*", doorOf(deps));
  app.route("/", healthRoutes(deps));
  app.route("/", eventRoutes(deps));
  app.route("/", appSyncRoutes(deps));
  app.route("/", runStateRoutes(deps));
  app.route("/", hookRoutes(deps));
  app.route("/", descriptionRoutes());
  app.route("/", mount(endpoints, deps));
  app.notFound(unmatched(app));
  app.onError((error, context) => failureOf(context.req.path, error, deps.log));
  return { fetch: async (request) => await app.fetch(request) };
}
