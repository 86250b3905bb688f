import { Hono } from "hono";
import { openApi } from "../api/openapi.ts";
import { endpoints } from "./endpoints.ts";

/** `GET /openapi.json`. */
export function descriptionRoutes(): Hono {
  const app = new Hono({ strict: false });
  let text: string | undefined;
  app.get("/openapi.json", () => {
    text ??= JSON.stringify(openApi(endpoints));
    return new Response(text, { headers: { "content-type": "application/json" } });
  });
  return app;
}
