import { canonicalJson, signatureOf } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { type DigitalOceanEvent, serve } from "../../src/adapters/digitalocean.ts";
import { RecordedApi } from "../serve/recorded-api.ts";
import { registered } from "../serve/registered.ts";
import { callBody, shop } from "../serve/shop.ts";
import { adapterSuite } from "./suite.ts";
import { platform, type WholeRequest } from "./whole-requests.ts";

const servePath = "/api/inngest";

/** `web: raw`: text, or base64 of what the platform takes for binary. */
function rawEvent({ method, url, headers, body }: WholeRequest): DigitalOceanEvent {
  const text = body.toString("base64");
  return {
    http: { method, path: "", headers, queryString: url.search.slice(1), body: text, isBase64Encoded: true },
  };
}

/** `web: true`: members of the body and keys of the query, mixed. */
function parsedEvent({ method, url, headers, body }: WholeRequest): DigitalOceanEvent {
  const parsed: unknown = body.length > 0 ? JSON.parse(body.toString()) : {};
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Error("no object");
  return { ...Object.fromEntries(url.searchParams), ...parsed, http: { method, path: "", headers } };
}

adapterSuite("digitalocean, web: raw", {
  isVariant: true,
  frameworkName: "digitalocean",
  sendsWhole: true,
  async start(options) {
    // Where it is can only be known when it is there, and must be said before.
    let serveOrigin = "";
    const app = await platform((request) => serve({ ...options, serveOrigin, servePath })(rawEvent(request)));
    serveOrigin = app.origin;
    return app;
  },
});

adapterSuite("digitalocean, web: true", {
  frameworkName: "digitalocean",
  sendsWhole: true,
  parsesBodies: true,
  async start(options) {
    let serveOrigin = "";
    const app = await platform(async (request) => {
      try {
        return await serve({ ...options, serveOrigin, servePath })(parsedEvent(request));
      } catch {
        return { statusCode: 400, headers: {}, body: "" };
      }
    });
    serveOrigin = app.origin;
    return app;
  },
});

describe("digitalocean", () => {
  it("fails every request, and says so, where nobody told its URL", async () => {
    for (const where of [{}, { serveOrigin: "https://do.test" }, { servePath }]) {
      const response = await serve({ ...shop(), ...where })({ http: { method: "GET" } });
      expect(response.statusCode).toBe(500);
      expect(JSON.parse(response.body)).toMatchObject({ code: "invalid_config" });
    }
  });

  it("takes its URL from variables, too", async () => {
    const api = new RecordedApi();
    const { client, functions } = shop({ fetch: api.fetch as typeof fetch });
    client.setEnvVars({ INNGEST_SERVE_ORIGIN: "https://do.test", INNGEST_SERVE_PATH: "/web/fn" });
    await serve({ client, functions })({ http: { method: "PUT" } });
    expect(registered(api.requests[0]).url).toBe("https://do.test/web/fn");
  });

  it("finds the signed body among the arguments", async () => {
    const key = "signkey-prod-00112233445566778899aabbccddeeff";
    const served = shop({ isDev: false, signingKey: key, eventKey: "an-event-key" });
    const body = callBody();
    const handler = serve({ ...served, serveOrigin: "https://do.test", servePath });
    const ask = async (signed: unknown) => {
      const signature = await signatureOf(canonicalJson(signed as never), { key, nowMs: Date.now() });
      const http = { method: "POST", headers: { "X-Inngest-Signature": signature } };
      return handler({ ...body, fnId: "shop-done", stepId: "step", http });
    };
    expect(await ask(body)).toMatchObject({ statusCode: 200, body: '{"order":7}' });
    expect(await ask({ ...body, version: 1 })).toMatchObject({ statusCode: 401 });
  });

  it("tells what it serves when it is run without a request", async () => {
    const response = await serve({ ...shop(), serveOrigin: "https://do.test", servePath })();
    expect(JSON.parse(response.body)).toMatchObject({ function_count: 14 });
  });
});
