import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { listen } from "../src/listen.ts";
import { openApi } from "./api-fixture.ts";
import { until } from "./patience.ts";
import { signingKey } from "./production-node.ts";
import { runRow } from "./rows.ts";

const keys = { event: new EventKeys([]), signing: new SigningKeys({ signingKey }) };
const topics = [{ channel: "chat", name: "a" }];

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe("who comes while the server closes is not waited for", () => {
  test("a WebSocket whose token was being checked", async () => {
    const { server, engine } = await openApi({ keys });
    const { fetch, upgrade } = server;
    const listener = await listen({ fetch, upgrade, port: 0 });
    closers.push(() => listener.close());
    const token = await (await openApi({ keys })).server.realtime.tokens.forTopics(topics);
    const secret = await engine.secret("tokens");
    let tell: ((secret: string) => void) | undefined;
    engine.secret = () =>
      new Promise((resolve) => {
        tell = resolve;
      });
    const socket = new WebSocket(`${listener.url.replace("http", "ws")}/v1/realtime/connect?token=${token}`);
    closers.push(() => socket.terminate());
    const closed = once(socket, "close");
    await until(() => tell !== undefined);
    server.close();
    tell?.(secret);
    expect(String((await closed)[1])).toBe("engine_closed");
  });

  test("a stream of events", async () => {
    const { server, get } = await openApi({ keys });
    const token = await server.realtime.tokens.forTopics(topics);
    server.close();
    expect((await get(`/v1/realtime/sse?token=${token}`)).status).toBe(503);
  });

  test("a request for the output of a run that goes on", async () => {
    const { server, store, get } = await openApi({ keys });
    const run = runRow({ id: "01J00000000000000000000000", status: "running", endedAt: null });
    await store.commit({ newRuns: [run] });
    const token = await server.realtime.tokens.forOutput(run.id);
    server.close();
    expect((await get(`/v1/http/runs/${run.id}/output?token=${token}`)).status).toBe(202);
  });
});
