import { headers, limits, StepfastError } from "@stepfast/protocol";
import { validateRegister } from "@stepfast/protocol/validators";
import type { Context } from "hono";
import { Hono } from "hono";
import { isWorkerUrl } from "../connect/worker-facts.ts";
import type { ServerDeps } from "../deps.ts";
import { readObject } from "../http/body.ts";
import { appKey } from "../sync/serve-url.ts";
import { version } from "../version.ts";

function checkServerKind(context: Context, mode: ServerDeps["mode"]): void {
  const expected = context.req.header(headers.expectedServerKind);
  if (expected === undefined || expected === mode) return;
  const advice =
    mode === "dev" ? "set INNGEST_DEV=1 in the app to use it" : "run the app without INNGEST_DEV";
  throw new StepfastError(
    "wrong_server_kind",
    `The app expects a "${expected}" server and this is a "${mode}" server: ${advice}`,
  );
}

async function register(context: Context, deps: ServerDeps): Promise<Response> {
  checkServerKind(context, deps.mode);
  const request = validateRegister(await readObject(context.req.raw, limits.requestBytes));
  if (isWorkerUrl(request.url)) {
    throw new StepfastError("invalid_config", "the registration: url: must be an http(s) address");
  }
  const { modified } = await deps.engine.registerRemote(request);
  deps.log.debug("App synced", { app: request.appName, functions: request.functions.length, modified });
  return Response.json(
    { ok: true, modified, skipped: !modified, app_id: request.appName },
    { headers: { [headers.serverKind]: deps.mode } },
  );
}

async function remove(context: Context, deps: ServerDeps): Promise<Response> {
  const url = context.req.query("url");
  if (!url || !URL.canParse(url))
    throw new StepfastError("invalid_request", "Name the app: ?url=<its serve URL>");
  const apps = await deps.store.listApps();
  const app = apps.find((each) => each.url !== null && appKey(each.url) === appKey(url));
  if (!app) throw new StepfastError("app_not_found", `No app is registered at ${url}`);
  await deps.engine.removeApp(app.id);
  return Response.json({ ok: true });
}

async function describeServer(deps: ServerDeps): Promise<Response> {
  const apps = await deps.store.listApps();
  return Response.json({
    version,
    authed: deps.mode === "cloud",
    startOpts: deps.startOptions ?? {},
    functions: deps.engine.functions().map((fn) => ({ ...fn.config, url: fn.url })),
    handlers: apps.map((app) => ({
      id: app.id,
      url: app.url,
      sdk: app.sdk,
      framework: app.framework,
      error: app.error,
    })),
    isSingleNodeService: !(deps.mode === "cloud" && deps.hasPeers),
    isMissingSigningKey: deps.mode === "cloud" && deps.keys.signing === undefined,
    isMissingEventKeys: deps.mode === "cloud" && deps.keys.event.isEmpty,
    // None is switched on or off here.
    features: {},
  });
}

/** Where to go from here, for who opens the address in a browser. */
function welcome(deps: ServerDeps): object {
  return {
    name: "Stepfast",
    version,
    mode: deps.mode,
    health: "/health",
    apps: "/v2/apps",
    runs: "/v2/runs",
    events: "/v1/events",
  };
}

/** `GET /`, `POST /fn/register`, `DELETE /fn/remove`, `GET /dev` (PROTOCOL §2.1, SERVER §1.6). */
export function appSyncRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.get("/", () => Response.json(welcome(deps)));
  app.post("/fn/register", (context) => register(context, deps));
  app.delete("/fn/remove", (context) => remove(context, deps));
  app.get("/dev", () => describeServer(deps));
  return app;
}
