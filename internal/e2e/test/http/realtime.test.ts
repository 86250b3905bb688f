import { embed } from "@stepfast/server";
import * as official from "inngest-official/realtime";
import * as stepfast from "stepfast/realtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { Api } from "./api.ts";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(async () => {
  await cleanUps.run();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const published = official as unknown as typeof stepfast;

/** Node 20 has no WebSocket of its own: the published package needs one, ours goes by server-sent events then. */
const ways = [
  { sdk: theirs, realtime: published, socket: WebSocket, way: "WebSocket" },
  { sdk: ours, realtime: stepfast, socket: WebSocket, way: "WebSocket" },
  { sdk: ours, realtime: stepfast, socket: undefined, way: "server-sent events" },
];

interface Heard {
  kind: string;
  channel?: string;
  topic?: string;
  data: unknown;
  runId?: string;
  createdAt?: Date;
}

describe.each(ways)("$sdk.name over $way", ({ sdk, realtime, socket }) => {
  const { channel, staticSchema } = realtime;
  const chat = channel({
    name: (room: string) => `chat:${room}`,
    topics: {
      message: { schema: z.object({ text: z.string() }) },
      typing: { schema: staticSchema<boolean>() },
    },
  });

  async function newApp(): Promise<App> {
    vi.stubGlobal("WebSocket", socket);
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(sdk, new Api(server.url));
    cleanUps.add(() => app.stop());
    return app;
  }

  /** What a subscriber with a callback hears. */
  async function listener(app: App, room: string, topics: ("message" | "typing")[]): Promise<Heard[]> {
    const heard: Heard[] = [];
    const subscription = await app.client.realtime.subscribe({
      channel: chat(room),
      topics,
      onMessage: (message: Heard) => void heard.push(message),
    });
    cleanUps.add(() => subscription.unsubscribe());
    return heard;
  }

  test("a function publishes as a step, once; only the topics asked for are heard", async () => {
    const app = await newApp();
    const fn = app.client.createFunction(
      { id: "talk", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const said = await step.realtime.publish("say", chat("7").message, { text: "hello" });
        await step.realtime.publish("not heard", chat("7").typing, true);
        await step.run("after", () => app.ledger.note("after"));
        await step.realtime.publish("say again", chat("7").message, { text: "bye" });
        return said;
      },
    );
    await app.start([fn]);
    const heard = await listener(app, "7", ["message"]);
    const elsewhere = await listener(app, "8", ["message", "typing"]);
    const run = await app.api.outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: { text: "hello" } });
    await until(
      "both messages",
      () => heard,
      (messages) => messages.length >= 2,
    );
    expect(heard.map(({ kind, topic, data }) => [kind, topic, data])).toEqual([
      ["data", "message", { text: "hello" }],
      ["data", "message", { text: "bye" }],
    ]);
    expect(heard.map(({ runId }) => runId)).toEqual([run.id, run.id]);
    expect(heard[0]?.createdAt).toBeInstanceOf(Date);
    expect(elsewhere).toEqual([]);
    const spans = (await app.api.trace(run.id)).rootSpan.children.map(({ name }) => name);
    expect(spans).toEqual(["say", "not heard", "after", "say again"]);
  });

  test("data that do not fit the topic's schema are not published", async () => {
    const app = await newApp();
    const heard = await listener(app, "7", ["message"]);
    const wrong = { text: 7 } as unknown as { text: string };
    await expect(app.client.realtime.publish(chat("7").message, wrong)).rejects.toThrow();
    await app.client.realtime.publish(chat("7").message, { text: "right" });
    await until(
      "the message",
      () => heard,
      (messages) => messages.length > 0,
    );
    expect(heard.map(({ data }) => data)).toEqual([{ text: "right" }]);
  });

  test("a token from the server is all that a page needs, and the subscription is a stream", async () => {
    const app = await newApp();
    const token = await realtime.getSubscriptionToken(app.client, { channel: chat("7"), topics: ["typing"] });
    expect(token).toMatchObject({ key: expect.any(String), topics: ["typing"] });
    const stream = await realtime.subscribe(token);
    const reader = stream.getReader();
    await app.client.realtime.publish(chat("7").typing, true);
    const { value } = await reader.read();
    expect(value).toMatchObject({ kind: "data", topic: "typing", data: true });
    stream.unsubscribe();
    expect((await reader.read()).done).toBe(true);
  });

  test("a token of another channel opens nothing of this one", async () => {
    const app = await newApp();
    const { key, apiBaseUrl } = await realtime.getSubscriptionToken(app.client, {
      channel: chat("8"),
      topics: ["typing"],
    });
    const stream = await realtime.subscribe({ channel: chat("7"), topics: ["typing"], key, apiBaseUrl });
    const there = await listener(app, "7", ["typing"]);
    const reader = stream.getReader();
    const first = reader.read();
    await app.client.realtime.publish(chat("7").typing, true);
    await until(
      "the message",
      () => there,
      (messages) => messages.length > 0,
    );
    stream.unsubscribe();
    expect(await first).toMatchObject({ done: true });
    // The published package writes what went wrong to the console, too.
    vi.spyOn(console, "error").mockImplementation(() => {});
    const refused = realtime.subscribe({ channel: chat("7"), topics: ["typing"], key: "none", apiBaseUrl });
    await expect(refused).rejects.toBeDefined();
  });

  test("a stream arrives in pieces, as a stream", async () => {
    const app = await newApp();
    const heard: Heard[] = [];
    let read: Promise<string> | undefined;
    // Receiving one fails in 4.24.0 with a ReferenceError of its own, so it is ours that listens to either.
    const subscription = await stepfast.subscribe({
      ...(await app.client.realtime.token({ channel: chat("7"), topics: ["typing"] })),
      onMessage: (message: Heard & { stream?: ReadableStream<string> }) => {
        heard.push(message);
        if (message.kind === "datastream-start" && message.stream) read = textOf(message.stream);
      },
    });
    cleanUps.add(() => subscription.unsubscribe());
    const bytes = new Blob(["some ", "words"]).stream();
    await app.client.realtime.publish(chat("7").typing, bytes as never);
    await until(
      "the end",
      () => heard.at(-1)?.kind,
      (kind) => kind === "datastream-end",
    );
    expect(await read).toBe("some words");
  });

  test("the channel that bears a run's id tells of its end", async () => {
    const app = await newApp();
    const fn = app.client.createFunction({ id: "work", triggers: { event: app.event("go") } }, () => "done");
    await app.start([fn]);
    const run = await app.api.outcome(await app.send("go"));
    const stream = await app.client.realtime.subscribe({ channel: run.id, topics: ["$run"] });
    const { value } = await stream.getReader().read();
    expect(value).toMatchObject({
      kind: "run",
      runId: run.id,
      data: { status: "completed", result: "done" },
    });
    stream.unsubscribe();
  });
});

async function textOf(stream: ReadableStream<string>): Promise<string> {
  let text = "";
  for await (const part of stream as unknown as AsyncIterable<string>) text += part;
  return text;
}

describe("stepfast, in one process with its engine", () => {
  const news = stepfast.channel({
    name: "news",
    topics: { item: { schema: stepfast.staticSchema<{ n: number }>() } },
  });

  test("publishes and subscribes without a network; a page's token works where there is one", async () => {
    const client = new ours.Inngest({ id: "own", logger: quiet });
    const fn = client.createFunction({ id: "tell", triggers: { event: "tell" } }, async ({ step }) => {
      await step.realtime.publish("one", news.item, { n: 1 });
      await client.realtime.publish(news.item, new Blob(["text"]).stream());
    });
    const embedded = await embed({ client, functions: [fn], db: ":memory:", port: 0 });
    cleanUps.add(() => embedded.close());
    const inside: unknown[] = [];
    await client.realtime.subscribe({
      channel: news,
      topics: ["item"],
      onMessage: ({ kind, data }) => inside.push([kind, data]),
    });
    const { key } = await client.realtime.token({ channel: news, topics: ["item"] });
    const outside = await stepfast.subscribe({
      channel: news,
      topics: ["item"],
      key,
      apiBaseUrl: embedded.url ?? "",
    });
    await client.send({ name: "tell" });
    await until(
      "the end of the stream",
      () => inside,
      (messages) => messages.length === 4,
    );
    expect(inside).toEqual([
      ["data", { n: 1 }],
      ["datastream-start", expect.any(String)],
      ["chunk", "text"],
      ["datastream-end", expect.any(String)],
    ]);
    const { value } = await outside.getReader().read();
    expect(value).toMatchObject({ kind: "data", topic: "item", data: { n: 1 } });
    outside.close();
  });
});
