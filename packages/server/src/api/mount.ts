import { type Context, Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import type { Endpoint } from "./endpoint.ts";
import { readBody } from "./read-body.ts";
import { readQuery } from "./read-query.ts";

/** v2 is also below `/api`. */
export function pathsOf({ path }: Pick<Endpoint, "path">): string[] {
  return path.startsWith("/v2/") ? [path, `/api${path}`] : [path];
}

/** What a path names. Databases refuse to look for a zero; no id has one, nor what stands for it. */
function paramsOf(context: Context): Record<string, string> {
  const entries = Object.entries(context.req.param() as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.replaceAll("\0", "\ufffd")]));
}

/** The endpoints as routes. Of two that fit a path the one that was named first takes it. */
export function mount(endpoints: readonly Endpoint[], deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  for (const each of endpoints) {
    for (const path of pathsOf(each)) {
      app.on(each.method, path, async (context) => {
        const request = context.req.raw;
        const params = paramsOf(context);
        const query = each.query && readQuery(each.query, context.req.url);
        const body = await readBody(each, request);
        return await each.run({ params, query, body, request }, deps);
      });
    }
  }
  return app;
}
