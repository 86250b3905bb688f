import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { expect, it } from "vitest";
import * as astro from "../../src/adapters/astro.ts";
import * as bun from "../../src/adapters/bun.ts";
import * as cloudflare from "../../src/adapters/cloudflare.ts";
import * as fresh from "../../src/adapters/deno/fresh.ts";
import * as remix from "../../src/adapters/remix.ts";
import * as sveltekit from "../../src/adapters/sveltekit.ts";
import type { ServeHandlerOptions } from "../../src/serve/serve-options.ts";
import { shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite } from "./suite.ts";

type Fetch = (request: Request) => Promise<Response>;

/** Each framework's way of calling, behind a server of Node's. */
const frameworks: Record<string, (options: ServeHandlerOptions) => Fetch> = {
  bun: bun.serve,
  "deno/fresh": fresh.serve,
  astro: (options) => byMethod(astro.serve(options)),
  sveltekit: (options) => byMethod(sveltekit.serve(options)),
  remix: (options) => {
    const handler = remix.serve(options);
    return (request) => handler({ request });
  },
  "cloudflare-pages": (options) => {
    const handler = cloudflare.serve(options);
    return (request) => handler({ request, env: {} });
  },
};

type Routes = ReturnType<typeof astro.serve>;

/** What is no method of the protocol goes to the handler itself. */
function byMethod(routes: Routes): Fetch {
  return (request) => {
    const name = request.method as "GET" | "POST" | "PUT";
    return (routes[name] ?? routes)({ request });
  };
}

for (const [frameworkName, serve] of Object.entries(frameworks)) {
  adapterSuite(frameworkName, {
    frameworkName,
    async start(options) {
      const server = createServer(getRequestListener(serve(options)));
      return { origin: await listen(server), stop: () => closed(server) };
    },
  });
}

it("takes variables from the bindings, of Pages and of Workers", async () => {
  const env = { INNGEST_EVENT_KEY: "key", QUEUE: {} };
  const request = () => new Request("http://shop.test/api/inngest");
  for (const called of [
    cloudflare.serve(shop())({ request: request(), env }),
    cloudflare.serve(shop())(request(), env),
  ]) {
    expect(await (await called).json()).toMatchObject({ has_event_key: true });
  }
});
