import { signatureOf, verifiedKey } from "@stepfast/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { syncApp } from "../src/sync/sync.ts";
import { FakeEngine } from "./fake-engine.ts";
import { payConfig } from "./rows.ts";
import { type Handler, reply, type SdkStub, type SeenRequest, startSdkStub } from "./sdk-stub.ts";

const key = `signkey-prod-${"0a".repeat(16)}`;
const older = `signkey-prod-${"1b".repeat(16)}`;
const stranger = `signkey-prod-${"2c".repeat(16)}`;
const nowMs = 1_717_171_717_000;
const inBand = { "x-inngest-sync-kind": "in_band" };
const body = JSON.stringify({ app_id: "shop", functions: [payConfig], sdk: "js:v4.24.0" });

const opened: SdkStub[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function sync(handler: Handler, signingKeyFallback?: string) {
  const sdk = await startSdkStub(handler);
  opened.push(sdk);
  const engine = new FakeEngine();
  const keys = new SigningKeys({ signingKey: key, signingKeyFallback, nowMs: () => nowMs });
  const result = syncApp(engine, sdk.url, new AbortController().signal, keys);
  return { sdk, engine, result };
}

function signerOf({ headers, body: text }: SeenRequest): Promise<string | undefined> {
  const signature = String(headers["x-inngest-signature"]);
  return verifiedKey({ text, signature, keys: [key, older], nowMs });
}

/** Answers in band, signed. */
function signed(by: string, text = body): Handler {
  return (_request, response) => {
    void signatureOf(text, { key: by, nowMs }).then((signature) =>
      reply(response, 200, body, { ...inBand, "x-inngest-signature": signature }),
    );
  };
}

const unauthorized: Handler = (_request, response) => {
  response.writeHead(401, { "x-inngest-sdk-handled": "true" }).end('{"message":"Unauthorized"}');
};

test("a sync is signed, says what the server is, and takes a signed answer", async () => {
  const { sdk, engine, result } = await sync(signed(key));
  await result;
  expect(engine.registered).toMatchObject([{ appName: "shop" }]);
  const [seen] = sdk.seen as [SeenRequest];
  expect(seen).toMatchObject({ method: "PUT", body: JSON.stringify({ url: sdk.url }) });
  expect(seen.headers["x-inngest-server-kind"]).toBe("cloud");
  expect(await signerOf(seen)).toBe(key);
});

test("an app that has the fallback key only is asked with it", async () => {
  const { sdk, engine, result } = await sync((request, response) => {
    void signerOf(request).then((by) => (by === older ? signed(older) : unauthorized)(request, response));
  }, older);
  await result;
  expect(engine.registered).toHaveLength(1);
  expect(sdk.seen).toHaveLength(2);
});

describe("an answer registers nothing if it", () => {
  test.each<[string, Handler]>([
    ["is not signed", (_request, response) => reply(response, 200, body, inBand)],
    ["is signed with another key", signed(stranger)],
    ["is signed for other words", signed(key, `${body} `)],
  ])("%s", async (_what, handler) => {
    const { engine, result } = await sync(handler);
    await expect(result).rejects.toMatchObject({ code: "invalid_signature" });
    expect(engine.registered).toEqual([]);
  });

  test.each<[string, Handler]>([
    ["refuses the signature", unauthorized],
    [
      "says that the app has no key",
      (_request, response) => reply(response, 500, { code: "internal_server_error" }),
    ],
  ])("%s, and the reason speaks of keys", async (_what, handler) => {
    const { engine, result } = await sync(handler);
    await expect(result).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("signing key"),
    });
    expect(engine.registered).toEqual([]);
  });
});
