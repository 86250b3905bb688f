import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { listen } from "../src/listen.ts";
import { openApi } from "./api-fixture.ts";
import { until } from "./patience.ts";
import { signingKey } from "./production-node.ts";

const keys = { event: new EventKeys([]), signing: new SigningKeys({ signingKey }) };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test.each(["publish?channel=chat&topic=a", "publish/tee?channel=chat"])(
  "a stream that breaks off at its publisher's end is no failure of the server's: %s",
  async (path) => {
    const { server, errors } = await openApi({ keys });
    const statuses: number[] = [];
    const listener = await listen({
      port: 0,
      async fetch(request) {
        const response = await server.fetch(request);
        statuses.push(response.status);
        return response;
      },
    });
    closers.push(() => listener.close());
    const heard: string[] = [];
    const hear = (text: string) => void heard.push(text);
    const subscriber = { message: (_: unknown, text: string) => hear(text), raw: hear, close() {} };
    server.realtime.subscribe(subscriber, { topics: [{ channel: "chat", name: "a" }], runId: "chat" });
    const publisher = connect(listener.port, "127.0.0.1");
    await once(publisher, "connect");
    const headers = [
      `POST /v1/realtime/${path} HTTP/1.1`,
      "host: localhost",
      `authorization: Bearer ${signingKey}`,
      "content-type: text/stream",
      "transfer-encoding: chunked",
    ];
    publisher.write(`${headers.join("\r\n")}\r\n\r\n5\r\nhello\r\n`);
    await until(() => heard.join("").includes("hello"));
    publisher.destroy();
    await until(() => statuses.length > 0);
    expect({ statuses, errors }).toEqual({ statuses: [400], errors: [] });
  },
);
