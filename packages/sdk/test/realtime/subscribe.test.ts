import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { channel, type Message, subscribe } from "../../src/realtime.ts";
import { FakeSocket, fakeSockets } from "./fake-socket.ts";

/** A machine with much else to do takes its time. */
const PATIENCE = { timeout: 60_000 };

afterEach(() => vi.unstubAllGlobals());

const chat = channel({
  name: "chat",
  topics: { message: { schema: z.object({ text: z.string() }) }, free: {} },
});

async function opened(
  options: Partial<Parameters<typeof subscribe>[0]> = {},
): Promise<{ socket: FakeSocket; heard: Message[]; errors: unknown[]; close: () => void }> {
  const sockets = fakeSockets();
  const heard: Message[] = [];
  const errors: unknown[] = [];
  const subscription = subscribe({
    channel: chat,
    topics: ["message", "free"],
    key: "T",
    apiBaseUrl: "http://api.test:1",
    onMessage: (message: Message) => void heard.push(message),
    onError: (error) => void errors.push(error),
    ...options,
  });
  await vi.waitUntil(() => sockets.length === 1, PATIENCE);
  const [socket = new FakeSocket("")] = sockets;
  socket.open();
  const { close } = await subscription;
  return { socket, heard, errors, close };
}

const data = (message: Message) => message.data;

describe("a subscription", () => {
  it("connects with its token", async () => {
    const { socket } = await opened();
    expect(socket.url).toBe("ws://api.test:1/v1/realtime/connect?token=T");
  });

  it("passes over what is not for it, and what is no message", async () => {
    const { socket, heard } = await opened();
    socket.text("no json");
    socket.text("7");
    socket.send({ kind: "data", channel: "other", topic: "free", data: 1 });
    socket.send({ kind: "data", topic: "unknown", data: 2 });
    socket.send({ kind: "ping" });
    socket.send({ kind: "data", topic: "free", data: 3 });
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(heard.map(data)).toEqual([3]);
  });

  it("leaves out what does not fit its topic's schema, and says so; unless it is not to check", async () => {
    const { socket, heard, errors } = await opened();
    socket.send({ kind: "data", topic: "message", data: { text: 1 } });
    socket.send({ kind: "data", topic: "message", data: { text: "one" } });
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(heard.map(data)).toEqual([{ text: "one" }]);
    expect(String(errors)).toContain('"chat", topic "message"');
    const careless = await opened({ validate: false });
    careless.socket.send({ kind: "data", topic: "message", data: { text: 1 } });
    await vi.waitUntil(() => careless.heard.length > 0, PATIENCE);
    expect(careless.heard.map(data)).toEqual([{ text: 1 }]);
  });

  it("keeps the order where a check takes its time", async () => {
    const slow = {
      "~standard": { version: 1 as const, vendor: "test", validate: async (value: unknown) => ({ value }) },
    };
    const own = channel({ name: "chat", topics: { message: { schema: slow }, free: {} } });
    const { socket, heard } = await opened({ channel: own });
    socket.send({ kind: "data", topic: "message", data: 1 });
    socket.send({ kind: "data", topic: "free", data: 2 });
    socket.send({ kind: "data", topic: "message", data: 3 });
    await vi.waitUntil(() => heard.length === 3, PATIENCE);
    expect(heard.map(data)).toEqual([1, 2, 3]);
  });

  it("hands streams over as streams; not one whose start it missed", async () => {
    const { socket, heard } = await opened();
    const piece = (id: string, text: string) =>
      socket.send({ kind: "chunk", topic: "free", stream_id: id, data: text });
    piece("missed", "x");
    socket.send({ kind: "datastream-start", topic: "free", data: "S" });
    piece("S", "some ");
    piece("S", "words");
    socket.send({ kind: "datastream-end", topic: "free", data: "S" });
    await vi.waitUntil(() => heard.length === 4, PATIENCE);
    const [start] = heard;
    if (start?.kind !== "datastream-start") throw new Error("no stream");
    let text = "";
    for await (const part of start.stream as unknown as AsyncIterable<string>) text += part;
    expect([start.streamId, text]).toEqual(["S", "some words"]);
  });

  it("tells of a callback that throws, and goes on", async () => {
    const seen: unknown[] = [];
    const { socket, errors } = await opened({
      onMessage: (message: Message) => {
        seen.push(message.data);
        throw new Error("mine");
      },
    });
    socket.send({ kind: "data", topic: "free", data: 1 });
    socket.send({ kind: "data", topic: "free", data: 2 });
    await vi.waitUntil(() => errors.length === 2, PATIENCE);
    expect(seen).toEqual([1, 2]);
  });

  it("ends its streams with the connection, and with close", async () => {
    const sockets = fakeSockets();
    const opening = subscribe({ channel: chat, topics: ["free"], key: "T", apiBaseUrl: "http://a" });
    await vi.waitUntil(() => sockets.length === 1, PATIENCE);
    sockets[0]?.open();
    const stream = await opening;
    const encoded = stream.getEncodedStream().getReader();
    sockets[0]?.send({ kind: "data", topic: "free", data: 1 });
    expect(new TextDecoder().decode((await encoded.read()).value)).toMatch(/^data: \{.*"data":1.*\}\n\n$/);
    sockets[0]?.send({ kind: "closing", data: null });
    expect((await encoded.read()).done).toBe(true);
    expect(sockets[0]?.isClosed).toBe(true);
  });

  it("is refused with a reason that helps", async () => {
    const sockets = fakeSockets();
    const refused = subscribe({ channel: "c", topics: ["t"], key: "old", apiBaseUrl: "http://a" });
    await vi.waitUntil(() => sockets.length === 1, PATIENCE);
    sockets[0]?.end();
    await expect(refused).rejects.toThrow("younger than a minute");
    await expect(subscribe({ channel: "c", topics: ["t"] })).rejects.toThrow("needs a token");
  });
});
