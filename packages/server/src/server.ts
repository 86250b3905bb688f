import { Hono } from "hono";
import { closedByDefault } from "./auth/access.ts";
import type { ServerDeps } from "./deps.ts";
import { failureOf } from "./http/failure.ts";
import { guard } from "./http/guard.ts";
import { unmatched } from "./http/unmatched.ts";
import { appSyncRoutes } from "./routes/app-sync.ts";
import { eventRoutes } from "./routes/event-api.ts";
import { healthRoutes } from "./routes/health.ts";
import { metadataRoutes } from "./routes/metadata.ts";
import { runStateRoutes } from "./routes/run-state.ts";
import { v1Routes } from "./routes/v1.ts";
import { v2AppRoutes } from "./routes/v2-apps.ts";
import { v2RunRoutes } from "./routes/v2-runs.ts";

export interface Server {
  /** Answers a request. Never rejects. */
  fetch(request: Request): Promise<Response>;
}

const DEFAULT_HOST = "127.0.0.1";

/** The HTTP APIs over an engine and its store. docs/api.md lists the routes. */
export function createServer(deps: ServerDeps): Server {
  const app = new Hono({ strict: false });
  app.use("*", deps.mode === "cloud" ? closedByDefault(deps.keys) : guard(deps.host ?? DEFAULT_HOST));
  app.route("/", healthRoutes(deps));
  app.route("/", eventRoutes(deps));
  app.route("/", appSyncRoutes(deps));
  app.route("/", runStateRoutes(deps));
  app.route("/v1", v1Routes(deps));
  app.route("/v1", metadataRoutes(deps));
  for (const base of ["/v2", "/api/v2"]) {
    app.route(base, v2RunRoutes(deps));
    app.route(base, v2AppRoutes(deps));
  }
  app.notFound(unmatched(app));
  app.onError((error, context) => failureOf(context.req.path, error, deps.log));
  return { fetch: async (request) => await app.fetch(request) };
}
