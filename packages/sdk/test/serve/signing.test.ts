import { canonicalJson, signatureOf, verifiedKey } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { type Asked, EndpointDriver, requestOf } from "./endpoint-driver.ts";

const key = "signkey-prod-00112233445566778899aabbccddeeff";
const older = "signkey-prod-ffeeddccbbaa99887766554433221100";
const stranger = "signkey-prod-deadbeefdeadbeefdeadbeefdeadbeef";
/** The endpoint's clock in these tests stands still. */
const nowMs = 1_000;

const client = { isDev: false, signingKey: key, signingKeyFallback: older, eventKey: "an-event-key" };
const call = { method: "POST", query: "?fnId=shop-done&stepId=step" };
const body = { event: { name: "shop/ordered", data: { id: 7 } }, ctx: { run_id: "R", attempt: 0 } };

const driver = (options: ConstructorParameters<typeof EndpointDriver>[0] = {}) =>
  new EndpointDriver({ client, ...options });

async function signedBy(
  by: string,
  asked: Asked,
  over: { text?: string; nowMs?: number } = {},
): Promise<Asked> {
  const text = over.text ?? (asked.body === undefined ? "" : canonicalJson(asked.body));
  const signature = await signatureOf(text, { key: by, nowMs: over.nowMs ?? nowMs });
  return { ...asked, headers: { ...asked.headers, "x-inngest-signature": signature } };
}

const keyOf = (answer: { body: string; headers: Record<string, string> }) =>
  verifiedKey({
    text: answer.body,
    signature: answer.headers["x-inngest-signature"],
    keys: [key, older],
    nowMs,
  });

describe("a signed request", () => {
  it.each([
    ["the signing key", key],
    ["the fallback key", older],
  ])("with %s is answered, and the answer signed with it", async (_what, by) => {
    const answer = await driver().ask(await signedBy(by, { ...call, body }));
    expect(answer).toMatchObject({ status: 200, json: { order: 7 } });
    expect(await keyOf(answer)).toBe(by);
  });

  it("is signed over the canonical body, however it is written", async () => {
    const text = `{ "ctx": {"attempt":0, "run_id":"R"},\n "event":${JSON.stringify(body.event)} }`;
    const asked = await signedBy(key, { ...call, body: text }, { text: canonicalJson(body) });
    expect((await driver().ask(asked)).status).toBe(200);
    const overRawText = await signedBy(key, { ...call, body: text }, { text });
    expect((await driver().ask(overRawText)).status).toBe(401);
  });

  it("is verified from a body that the framework has parsed", async () => {
    const asked = await signedBy(key, { ...call, body });
    const response = await driver().endpoint.handle({ ...requestOf(asked), body });
    expect(response.status).toBe(200);
  });

  it("may be five minutes old or early, and no more", async () => {
    const probe = { method: "POST", query: "?probe=trust" };
    const probed = async (offsetMs: number) =>
      (await driver().ask(await signedBy(key, probe, { nowMs: nowMs + offsetMs }))).status;
    expect(await probed(0)).toBe(200);
    expect(await probed(299_000)).toBe(200);
    expect(await probed(302_000)).toBe(401);
  });

  it("that is a call needs a body", async () => {
    expect((await driver().ask(await signedBy(key, call))).status).toBe(401);
  });

  it.each([
    ["another key", stranger, {}],
    ["the signature of another body", key, { text: canonicalJson({ ...body, version: 1 }) }],
    ["the signature of no body", key, { text: "" }],
  ])("with %s is refused, and nothing runs", async (_what, by, over) => {
    const made = driver();
    const answer = await made.ask(
      await signedBy(by, { ...call, query: "?fnId=shop-two-steps&stepId=step", body }, over),
    );
    expect(answer).toMatchObject({ status: 401, json: { message: "Unauthorized" } });
    expect(Object.keys(answer.headers).filter((name) => /^(x-inngest|user-agent)/.test(name))).toEqual([
      "x-inngest-sdk-handled",
    ]);
    expect(made.shop.log).toEqual([]);
  });

  it("that is a failure is answered with a signature too", async () => {
    const answer = await driver().ask(await signedBy(key, { ...call, query: "?fnId=shop-unknown", body }));
    expect(answer.status).toBe(500);
    expect(await keyOf(answer)).toBe(key);
  });

  it("is signed within its wrapper when the answer is streamed", async () => {
    const { endpoint } = driver({ streaming: true });
    const response = await endpoint.handle(requestOf(await signedBy(key, { ...call, body })), true);
    expect(response.status).toBe(201);
    const inner = JSON.parse(await new Response(response.body as BodyInit).text());
    expect(await keyOf(inner)).toBe(key);
  });
});

describe("without a signing key of its own", () => {
  it("an app in cloud mode verifies nothing, it refuses", async () => {
    const { signingKey: _signingKey, ...keyless } = client;
    const answer = await new EndpointDriver({ client: keyless }).ask(
      await signedBy(older, { ...call, body }),
    );
    expect(answer).toMatchObject({ status: 500, json: { code: "internal_server_error" } });
  });
});

describe("a signed sync", () => {
  const inBand = {
    method: "PUT",
    headers: { "x-inngest-sync-kind": "in_band" },
    body: { url: "http://app.test/api/inngest" },
  };

  it("is answered in band, with a signature and the whole introspection", async () => {
    const answer = await driver().ask(await signedBy(older, inBand));
    expect(answer).toMatchObject({
      status: 200,
      json: { app_id: "shop", inspection: { authentication_succeeded: true, mode: "cloud" } },
    });
    expect(await keyOf(answer)).toBe(older);
  });

  it("out of band with a wrong signature is refused, although it might come without any", async () => {
    const wrong = await signedBy(stranger, { method: "PUT" });
    expect((await driver().ask(wrong)).status).toBe(401);
    expect((await driver().ask({ method: "PUT" })).status).toBe(200);
  });
});

it("introspection tells of the keys only what compares them", async () => {
  const answer = await driver({ serveOrigin: "https://shop.example" }).ask(await signedBy(key, {}));
  expect(answer.json).toEqual({
    extra: { native_crypto: true, is_streaming: false },
    has_event_key: true,
    has_signing_key: true,
    function_count: 14,
    mode: "cloud",
    schema_version: "2024-05-24",
    authentication_succeeded: true,
    api_origin: "http://api.test/",
    app_id: "shop",
    capabilities: { trust_probe: "v1", connect: "v1" },
    env: null,
    event_api_origin: "http://api.test/",
    event_key_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    framework: "test",
    sdk_language: "js",
    sdk_version: "0.1.0",
    serve_origin: "https://shop.example",
    serve_path: null,
    signing_key_hash: expect.stringMatching(/^[0-9a-f]{12}$/),
    signing_key_fallback_hash: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(await keyOf(answer)).toBe(key);
});
