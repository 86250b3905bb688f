import { createServer } from "node:http";
import express from "express";
import { serve } from "../../src/adapters/express.ts";
import type { ServeHandlerOptions } from "../../src/serve/serve-options.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite, type RunningApp } from "./suite.ts";

async function start(
  options: ServeHandlerOptions,
  before: express.RequestHandler[],
  path?: string,
): Promise<RunningApp> {
  const app = express();
  for (const middleware of before) app.use(middleware);
  app.use(path ?? "/api/inngest", serve(options));
  const server = createServer(app);
  return { origin: await listen(server), ...(path ? { path } : {}), stop: () => closed(server) };
}

adapterSuite("express", { frameworkName: "express", start: (options) => start(options, []) });

adapterSuite("express behind express.json", {
  frameworkName: "express",
  parsesBodies: true,
  start: (options) => start(options, [express.json({ limit: "8mb" })]),
});

adapterSuite("express behind a parser that keeps text, at a nested path", {
  frameworkName: "express",
  start: (options) => start(options, [express.text({ type: "*/*", limit: "8mb" })], "/v1/hooks/jobs"),
});

adapterSuite("express behind a parser that keeps bytes", {
  frameworkName: "express",
  start: (options) => start(options, [express.raw({ type: "*/*", limit: "8mb" })]),
});
