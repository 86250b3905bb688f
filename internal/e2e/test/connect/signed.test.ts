import type { ProductionOptions } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../http/patience.ts";
import { KeyedApi, signingKey as key, productionServer } from "../http/production.ts";
import { ours, theirs } from "../http/sdk.ts";
import { CleanUps } from "../http/world.ts";
import { ConnectedApp } from "./connected-app.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const other = `signkey-prod-${"2c".repeat(16)}`;

async function production(options: Partial<ProductionOptions> = {}): Promise<string> {
  const server = await productionServer(options);
  cleanUps.add(() => server.close({ drainMs: 0 }));
  return server.url;
}

describe.each([ours, theirs])("$name", (sdk) => {
  function newApp(url: string, keys: { signingKey: string; signingKeyFallback?: string }): ConnectedApp {
    const app = new ConnectedApp(sdk, new KeyedApi(url), { isDev: false, eventKey: "key", ...keys });
    cleanUps.add(() => app.stop());
    return app;
  }

  function program(app: ConnectedApp) {
    return app.client.createFunction(
      { id: "program", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const first = await step.run("first", () => 1);
        const [second, third] = await Promise.all([step.run("a", () => 2), step.run("b", () => 3)]);
        return first + second + third;
      },
    );
  }

  test("a worker with the key is taken, and may have it as its fallback", async () => {
    const url = await production();
    const right = newApp(url, { signingKey: key });
    await right.start([program(right)]);
    expect((await right.api.outcome(await right.send("go"))).output).toBe(6);
    const rotating = newApp(url, { signingKey: other, signingKeyFallback: key });
    await rotating.start([program(rotating)]);
    expect((await rotating.api.outcome(await rotating.send("go"))).output).toBe(6);
  });

  test("a worker with another key is not, and asks again", async () => {
    const url = await production();
    const answers: number[] = [];
    const ask = globalThis.fetch;
    cleanUps.add(() => {
      globalThis.fetch = ask;
    });
    globalThis.fetch = async (input, init) => {
      const response = await ask(input, init);
      if (String(input).startsWith(`${url}/v0/connect/start`)) answers.push(response.status);
      return response;
    };
    const app = newApp(url, { signingKey: other });
    // It never comes to an end.
    void app.start([program(app)]);
    await until(
      "two refusals",
      () => answers,
      (seen) => seen.length >= 2,
    );
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(await app.api.get("/v0/connect/envs/default/conns")).toEqual([]);
  });
});
