import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";

/**
 * `GET /livez`: the process answers. `GET /readyz`: it may be given work; 503 with the reason where it may not.
 * `GET /metrics`, `GET /v1/prom/:env`: figures in Prometheus' text format.
 */
export function healthRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.get("/livez", () => Response.json({ status: "alive" }));
  app.get("/readyz", async () => {
    const reason = await deps.notReady?.();
    if (reason === undefined) return Response.json({ status: "ready" });
    return Response.json({ status: "not_ready", reason }, { status: 503 });
  });
  const { metrics } = deps;
  if (metrics) {
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    const answer = async () => new Response(await metrics(), { headers });
    app.get("/metrics", answer);
    app.get("/v1/prom/:env", answer);
  }
  return app;
}
