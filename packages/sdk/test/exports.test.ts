import { access } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import * as experimental from "../src/experimental.ts";
import * as stepfast from "../src/index.ts";

const FRAMEWORKS = [
  "astro",
  "bun",
  "cloudflare",
  "deno/fresh",
  "digitalocean",
  "edge",
  "express",
  "fastify",
  "h3",
  "hono",
  "koa",
  "lambda",
  "next",
  "nitro",
  "node",
  "nuxt",
  "redwood",
  "remix",
  "sveltekit",
];

describe("the front door", () => {
  it("has what SDK users import", () => {
    for (const name of [
      "ConsoleLogger",
      "EventType",
      "Inngest",
      "InngestFunction",
      "Middleware",
      "NonRetriableError",
      "ProxyLogger",
      "RetryAfterError",
      "StepError",
      "anthropic",
      "azureOpenai",
      "cron",
      "deepseek",
      "dependencyInjectionMiddleware",
      "durationToMs",
      "eventType",
      "experiment",
      "fetch",
      "gemini",
      "grok",
      "group",
      "headerKeys",
      "internalEvents",
      "invoke",
      "isInngest",
      "isInngestFunction",
      "isInngestRequest",
      "models",
      "openai",
      "openaiResponses",
      "queryKeys",
      "realtime",
      "referenceFunction",
      "serializeError",
      "slugify",
      "staticSchema",
      "step",
      "version",
      "wrapStringFirstLogger",
    ]) {
      expect(stepfast).toHaveProperty(name);
    }
    for (const name of [
      "DeferredFunction",
      "createDefer",
      "createScorer",
      "getAsyncCtx",
      "metadataMiddleware",
      "runWithAsyncCtx",
      "scoreMiddleware",
    ]) {
      expect(experimental).toHaveProperty(name);
    }
  });

  it("names things as the wire does", () => {
    expect(stepfast.internalEvents.FunctionFailed).toBe("inngest/function.failed");
    expect(stepfast.queryKeys.FnId).toBe("fnId");
    expect(stepfast.slugify("My Function, v2!")).toBe("my-function-v2");
    expect(stepfast.durationToMs("1h30m")).toBe(5_400_000);
  });

  it("serialises any error, five causes deep", () => {
    let error = new Error("root");
    for (let i = 0; i < 8; i++) error = new Error(`level ${i}`, { cause: error });
    let depth = 0;
    for (let at: unknown = stepfast.serializeError(error); at; at = (at as { cause?: unknown }).cause)
      depth++;
    expect(depth).toBe(6);
    expect(stepfast.serializeError({ odd: 1 })).toMatchObject({
      name: "Error",
      message: '{"odd":1}',
      __serialized: true,
    });
  });

  it("has an entry for each framework, and each is there", async () => {
    const { exports } = (await import("../package.json", { with: { type: "json" } })).default;
    for (const name of FRAMEWORKS) expect(exports).toHaveProperty([`./${name}`]);
    for (const { types, default: code } of Object.values(exports)) {
      expect(types).toBe(code.replace(/js$/, "d.ts"));
      await access(new URL(code.replace("./dist/", "../src/").replace(/js$/, "ts"), import.meta.url));
    }
  });

  it("runs where there is no Node: no built-in is imported", async () => {
    const { readdir, readFile } = await import("node:fs/promises");
    const root = new URL("../src/", import.meta.url);
    const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts"));
    const edge = files.filter((name) => !/^(?:adapters|connect)\//.test(name));
    expect(edge.length).toBeGreaterThan(50);
    for (const name of edge)
      expect(await readFile(new URL(name, root), "utf8"), name).not.toMatch(/from "node:/);
  });
});
