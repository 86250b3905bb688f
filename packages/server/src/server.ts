import { Hono, type MiddlewareHandler } from "hono";
import { mount } from "./api/mount.ts";
import { scopeTable } from "./api/scope-table.ts";
import { closedByDefault } from "./auth/access.ts";
import { MadeKeys } from "./auth/made-keys.ts";
import { CONNECT_PATH as WORKERS_PATH } from "./connect/gateway.ts";
import { upgradesAt } from "./connect/upgrade.ts";
import type { ServerDeps } from "./deps.ts";
import { failureOf } from "./http/failure.ts";
import { guard } from "./http/guard.ts";
import { unmatched } from "./http/unmatched.ts";
import { type UpgradeHandler, upgradesByPath } from "./http/upgrade.ts";
import { Realtime } from "./realtime/realtime.ts";
import { CONNECT_PATH as REALTIME_PATH, realtimeSocket } from "./realtime/web-socket.ts";
import { descriptionRoutes } from "./routes/api-description.ts";
import { appSyncRoutes } from "./routes/app-sync.ts";
import { cancellationRoutes } from "./routes/cancellation.ts";
import { connectRoutes } from "./routes/connect.ts";
import { endpointRunRoutes } from "./routes/endpoint-runs.ts";
import { endpoints } from "./routes/endpoints.ts";
import { eventRoutes } from "./routes/event-api.ts";
import { healthRoutes } from "./routes/health.ts";
import { realtimeRoutes } from "./routes/realtime.ts";
import { runStateRoutes } from "./routes/run-state.ts";
import { sandboxRoutes } from "./routes/sandboxes.ts";
import { traceRoutes } from "./routes/traces.ts";
import { hookRoutes } from "./webhooks/receive.ts";

export interface Server {
  /** Answers a request. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Takes a request for another protocol on its connection. */
  upgrade: UpgradeHandler;
  readonly realtime: Realtime;
  /** Ends all subscriptions: what listens cannot close before. */
  close(): void;
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
  const realtime = deps.realtime ?? new Realtime(deps);
  const app = new Hono({ strict: false });
  app.use("*", doorOf(deps));
  app.route("/", healthRoutes(deps));
  app.route("/", eventRoutes(deps));
  app.route("/", appSyncRoutes(deps));
  app.route("/", runStateRoutes(deps));
  app.route("/", cancellationRoutes(deps));
  app.route("/", connectRoutes(deps));
  app.route("/", endpointRunRoutes(deps, realtime));
  app.route("/", realtimeRoutes(realtime));
  app.route("/", traceRoutes(deps));
  app.route("/", hookRoutes(deps));
  app.route("/", sandboxRoutes());
  app.route("/", descriptionRoutes());
  app.route("/", mount(endpoints, deps));
  app.notFound(unmatched(app));
  app.onError((error, context) => failureOf(context.req.path, error, deps.log));
  const host = deps.mode === "dev" ? (deps.host ?? DEFAULT_HOST) : undefined;
  const { gateway } = deps;
  const sockets: Record<string, UpgradeHandler> = { [REALTIME_PATH]: realtimeSocket(realtime) };
  if (gateway) {
    const take: UpgradeHandler = (...args) => gateway.upgrade(...args);
    // Pages of other hosts have no business there; what they subscribe to has a token.
    sockets[WORKERS_PATH] = upgradesAt({ [WORKERS_PATH]: take }, { host });
  }
  const upgrade = upgradesByPath(sockets, host);
  return {
    fetch: async (request) => await app.fetch(request),
    upgrade,
    realtime,
    close: () => realtime.close(),
  };
}
