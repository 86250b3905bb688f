import { StepfastError } from "@stepfast/protocol";
import type { Context, Hono } from "hono";
import { failure } from "./failure.ts";
import { pathPattern } from "./path-pattern.ts";

/** Answers what no route took: 405 with `allow` where the path exists for other methods, else 404. */
export function unmatched(app: Hono): (context: Context) => Response {
  let routes: { method: string; pattern: RegExp }[] | undefined;
  return (context) => {
    routes ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => ({ method: route.method, pattern: pathPattern(route.path) }));
    const { path, method } = context.req;
    const allowed = new Set(routes.filter((route) => route.pattern.test(path)).map((route) => route.method));
    if (allowed.size === 0) {
      return failure(path, new StepfastError("not_found", `There is nothing at ${method} ${path}`));
    }
    const allow = [...allowed].sort().join(", ");
    const message = `${path} does not take ${method}, only ${allow}`;
    return failure(path, new StepfastError("method_not_allowed", message), { headers: { allow } });
  };
}
