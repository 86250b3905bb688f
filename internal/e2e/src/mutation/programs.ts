import { type Inngest, type Middleware, NonRetriableError, openai, RetryAfterError } from "inngest-official";
import { createDefer, metadataMiddleware, scoreMiddleware } from "inngest-official/experimental";

export const middleware: Middleware.Class[] = [metadataMiddleware(), scoreMiddleware()];

function on(id: string, more: object = {}) {
  return { id, triggers: { event: `app/${id}` }, ...more };
}

/** Functions that between them make the SDK say everything it can say to a server. */
export function programs(client: Inngest.Any) {
  const refund = createDefer(client as never, { id: "refund" } as never, (async () => "refunded") as never);
  const double = client.createFunction(
    { id: "double", triggers: { event: "app/double" } },
    ({ event }) => Number((event.data as { n?: number }).n) * 2,
  );
  return [
    double,
    refund as never,
    client.createFunction(on("sequence"), async ({ step }) => {
      const a = await step.run("a", () => 1);
      const b = await step.run("b", (n: number) => ({ n }), 2);
      await step.sleep("nap", "1h");
      await step.sleepUntil("until", new Date(Date.UTC(2026, 5, 1)));
      return { a, b, c: await step.run("c", () => "x".repeat(500)) };
    }),
    client.createFunction(on("parallel"), async ({ step }) =>
      Promise.all([
        step.run("l", () => 1),
        step.run({ id: "r", parallelMode: "race" } as never, () => 2),
        step.sleep("s", "5m"),
        step.invoke("i", { function: double, data: { n: 4 } as never }),
        step.waitForEvent("w", { event: "app/news", timeout: "1d" }),
      ]),
    ),
    client.createFunction(on("waiting"), async ({ step, event }) => {
      const data = event.data as { id?: string };
      const got = await step.waitForEvent("w", { event: "app/news", timeout: "7d", match: "data.id" });
      const signal = await step.waitForSignal("sig", {
        signal: `s-${data.id}`,
        timeout: "1d",
        onConflict: "replace",
      });
      await step.sendEvent("tell", [
        { name: "app/double", data: { n: 1 } },
        { name: "app/other", data: {} },
      ]);
      await step.sendSignal("ping", { signal: "nobody", data: { a: 1 } });
      return [got?.data, signal];
    }),
    client.createFunction(
      on("failing", { retries: 2, onFailure: () => "noted" }),
      async ({ step, attempt }) => {
        await step.run("flaky", () => {
          if (attempt === 0) throw new RetryAfterError("later", "30s");
          if (attempt === 1) throw new TypeError("no", { cause: new Error("root") });
        });
        await step
          .run("never", () => {
            throw new NonRetriableError("never");
          })
          .catch(() => "caught");
        throw new Error("body");
      },
    ),
    client.createFunction(
      on("guarded", {
        cancelOn: [{ event: "app/cancel", if: "event.data.id == async.data.id", timeout: "2d" }],
        timeouts: { finish: "10d" },
        idempotency: "event.data.id",
      }),
      async (context) => {
        // biome-ignore lint/suspicious/noExplicitAny: experimental, and not typed for every client
        const { step: tools, defer } = context as any;
        defer("d1", { function: refund, data: { charge: "c" } });
        await tools.run("one", () => 1);
        await tools.sleep("nap", "3d");
        return tools.run("two", () => 2);
      },
    ),
    ...servedPrograms(client),
  ];
}

/** What the server does for a function: it asks others, and keeps notes. */
function servedPrograms(client: Inngest.Any) {
  return [
    client.createFunction(on("asking"), async ({ step }) => {
      const model = openai({ model: "m", apiKey: "k", baseUrl: "http://model.test" });
      await step.ai.infer("ai", { model, body: { messages: [{ role: "user", content: "hi" }] } });
      const response = await step.fetch("http://there.test/a", { method: "POST", body: "b" });
      return response.status;
    }),
    client.createFunction(on("noting"), async ({ step }) => {
      // biome-ignore lint/suspicious/noExplicitAny: the middleware's tools are not in the client's type
      const tools = step as any;
      await tools.run("work", async () => {
        await client.metadata.update({ stage: "begun" });
        await client.metadata.run().set({ total: 3 }, "totals");
      });
      await tools.metadata("meta").set({ a: 1 });
      await tools.score("score", { name: "quality", value: 0.5 });
      return 1;
    }),
  ];
}
