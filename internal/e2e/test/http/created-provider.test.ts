import { trace } from "@opentelemetry/api";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { extendedTracesMiddleware } from "stepfast/experimental";
import { expect, test } from "vitest";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";

// A file of its own: a process has one tracer provider.

test("where there is no tracer provider the middleware makes one, and gives functions a tracer", async () => {
  const instrumentation = {
    setTracerProvider() {},
    setMeterProvider() {},
    enable() {},
    getConfig: () => ({}),
  };
  const middleware = [extendedTracesMiddleware({ instrumentations: [instrumentation] })] as const;
  await until(
    "a provider",
    async () => trace.getTracer("any").startSpan("probe").isRecording(),
    (isThere) => isThere,
  );
  const client = new Inngest({ id: "made", middleware });
  const fn = client.createFunction(
    { id: "traced", triggers: { event: "made/go" } },
    async ({ step, tracer }) => {
      await step.run("first", () => tracer.startActiveSpan("query", (span) => span.end()));
    },
  );
  const embedded = await embed({ client, functions: [fn], db: ":memory:", port: 0, log: quiet });
  try {
    const api = new Api(embedded.url ?? "");
    const { ids } = await client.send({ name: "made/go" });
    const { id } = await api.outcome(ids[0] ?? "");
    await until(
      "the span",
      async () => JSON.stringify((await api.trace(id)).rootSpan),
      (text) => text.includes('"query"'),
    );
  } finally {
    await embedded.close();
  }
  expect(extendedTracesMiddleware({ behaviour: "off" })).toBeTypeOf("function");
});
