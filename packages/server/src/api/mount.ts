import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import type { Endpoint } from "./endpoint.ts";
import { readBody } from "./read-body.ts";
import { readQuery } from "./read-query.ts";

/** v2 is also below `/api`. */
export function pathsOf({ path }: Pick<Endpoint, "path">): string[] {
  return path.startsWith("/v2/") ? [path, `/api${path}`] : [path];
}

/** The endpoints as routes. Of two that fit a path the one that was named first takes it. */
export function mount(endpoints: readonly Endpoint[], deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  for (const each of endpoints) {
    for (const path of pathsOf(each)) {
      app.on(each.method, path, async (context) => {
        const request = context.req.raw;
        const params = context.req.param() as Record<string, string>;
        const query = each.query && readQuery(each.query, context.req.url);
        const body = await readBody(each, request);
        return await each.run({ params, query, body, request }, deps);
      });
    }
  }
  return app;
}
