import type { RemoteCall } from "@stepfast/engine";
import { canonicalJson, signatureOf, verifiedKey } from "@stepfast/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { httpRemote } from "../src/remote/remote.ts";
import { type Handler, reply, type SdkStub, type SeenRequest, startSdkStub } from "./sdk-stub.ts";

const key = `signkey-prod-${"0a".repeat(16)}`;
const older = `signkey-prod-${"1b".repeat(16)}`;
const stranger = `signkey-prod-${"2c".repeat(16)}`;
const nowMs = 1_717_171_717_000;

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function stub(handler: Handler): Promise<SdkStub> {
  const made = await startSdkStub(handler);
  opened.push(made);
  return made;
}

function remote(signingKeyFallback?: string, allowUnsigned?: boolean) {
  const keys = new SigningKeys({ signingKey: key, signingKeyFallback, nowMs: () => nowMs });
  const made = httpRemote({ keys, allowUnsigned });
  opened.push(made);
  return made;
}

function call(url: string): RemoteCall {
  const event = { name: "ä", data: { z: 1, a: [1.5, "\ud800"] }, user: {}, id: "e", ts: 1 };
  const ctx = {
    run_id: "RUN",
    env: "",
    step_id: "step",
    attempt: 0,
    max_attempts: 5,
    stack: { stack: [], current: 0 },
    disable_immediate_execution: false,
    use_api: false,
  };
  return {
    url,
    functionId: "shop-pay",
    appId: "shop",
    stepId: "step",
    request: { event, events: [event], steps: {}, ctx, version: -1 },
    requestId: "REQ",
    generation: 3,
    signal: new AbortController().signal,
  };
}

/** Which of the keys signed the request, as an app finds out. */
function signerOf({ headers, body }: SeenRequest): Promise<string | undefined> {
  const signature = String(headers["x-inngest-signature"]);
  return verifiedKey({ text: canonicalJson(JSON.parse(body)), signature, keys: [key, older], nowMs });
}

/** An app that signs what it answers. */
async function answerSigned(by: string, over: { text?: string; nowMs?: number } = {}) {
  const body = JSON.stringify({ done: true });
  const signature = await signatureOf(over.text ?? body, { key: by, nowMs: over.nowMs ?? nowMs });
  return { body, headers: { "x-inngest-signature": signature } };
}

async function answerTo(handler: Handler, fallback?: string) {
  const sdk = await stub(handler);
  return { sdk, answer: await remote(fallback).call(call(sdk.url)) };
}

const unauthorized: Handler = (_request, response) => {
  response.writeHead(401, { "x-inngest-sdk-handled": "true" }).end('{"message":"Unauthorized"}');
};

describe("a call", () => {
  test("is signed over its canonical body, and comes from a production server", async () => {
    const { body, headers } = await answerSigned(key);
    const { sdk, answer } = await answerTo((_request, response) => reply(response, 200, body, headers));
    expect(answer).toMatchObject({ kind: "complete", output: { done: true } });
    const [seen] = sdk.seen as [SeenRequest];
    expect(await signerOf(seen)).toBe(key);
    expect(seen.headers["x-inngest-server-kind"]).toBe("cloud");
    expect(seen.body).toBe(canonicalJson(JSON.parse(seen.body)));
  });

  test("that the app refuses is signed with the fallback key", async () => {
    const { body, headers } = await answerSigned(older);
    const handler: Handler = (request, response) => {
      void signerOf(request).then((by) =>
        by === older ? reply(response, 200, body, headers) : unauthorized(request, response),
      );
    };
    const { sdk, answer } = await answerTo(handler, older);
    expect(answer).toMatchObject({ kind: "complete", output: { done: true } });
    expect(await Promise.all(sdk.seen.map(signerOf))).toEqual([key, older]);
  });

  test.each([
    [undefined, 1],
    [older, 2],
  ])("refused with every key is a failure that says so (fallback %s)", async (fallback, times) => {
    const { sdk, answer } = await answerTo(unauthorized, fallback);
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "unauthorized" } });
    expect(sdk.seen).toHaveLength(times);
  });

  test("that a proxy refuses is not repeated", async () => {
    const { sdk, answer } = await answerTo((_request, response) => response.writeHead(401).end(), older);
    expect(answer).toMatchObject({ kind: "error", error: { code: "not_an_sdk" } });
    expect(sdk.seen).toHaveLength(1);
  });

  test("without keys says what the server is, and is not signed", async () => {
    const sdk = await stub((_request, response) => reply(response, 200, null));
    const made = httpRemote({ serverKind: "cloud" });
    opened.push(made);
    await made.call(call(sdk.url));
    expect(sdk.seen[0]?.headers["x-inngest-server-kind"]).toBe("cloud");
    expect(sdk.seen[0]?.headers).not.toHaveProperty("x-inngest-signature");
  });
});

describe("an answer", () => {
  test.each([key, older])("signed with a key of ours is taken (%s)", async (by) => {
    const { body, headers } = await answerSigned(by);
    const { answer } = await answerTo((_request, response) => reply(response, 200, body, headers), older);
    expect(answer).toMatchObject({ kind: "complete", output: { done: true } });
  });

  test.each([
    ["signed with another key", stranger, {}],
    ["signed for other words", key, { text: '{"done":false}' }],
    ["from more than five minutes ago", key, { nowMs: nowMs - 301_000 }],
    ["from more than five minutes ahead", key, { nowMs: nowMs + 301_000 }],
  ])("%s is not", async (_what, by, over) => {
    const { body, headers } = await answerSigned(by, over);
    for (const status of [200, 206, 400, 500]) {
      const { answer } = await answerTo((_request, response) => reply(response, status, body, headers));
      expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "invalid_signature" } });
    }
  });

  test.each([
    [false, "error"],
    [true, "complete"],
  ])(
    "without any is taken where unsigned ones are allowed (%s); a wrong one never is",
    async (allow, kind) => {
      const answerOf = async (handler: Handler) => {
        const { url } = await stub(handler);
        return await remote(undefined, allow).call(call(url));
      };
      const streamed = JSON.stringify({ status: 200, headers: {}, body: "1" });
      for (const answer of [
        await answerOf((_request, response) => reply(response, 200, 1)),
        await answerOf((_request, response) => reply(response, 201, streamed)),
      ]) {
        expect(answer.kind).toBe(kind);
        if (kind === "error") expect(answer).toMatchObject({ error: { code: "invalid_signature" } });
      }
      const { body, headers } = await answerSigned(stranger);
      expect(await answerOf((_request, response) => reply(response, 200, body, headers))).toMatchObject({
        error: { code: "invalid_signature" },
      });
    },
  );

  test("of an app in production that has no key says so", async () => {
    const { answer } = await answerTo((_request, response) =>
      reply(response, 500, '{"code":"internal_server_error"}'),
    );
    expect(answer).toMatchObject({ noRetry: false, error: { code: "unauthorized" } });
  });

  test.each([
    [key, "complete"],
    [stranger, "error"],
  ])("that is streamed is looked at within its wrapper", async (by, kind) => {
    const { body, headers } = await answerSigned(by);
    const { answer } = await answerTo((_request, response) =>
      reply(response, 201, `  ${JSON.stringify({ status: 200, headers, body })}`),
    );
    expect(answer.kind).toBe(kind);
  });
});
