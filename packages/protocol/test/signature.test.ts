import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashedSigningKey, signatureOf, signedText, verifiedKey } from "../src/index.ts";

const key = "signkey-prod-abcdef0123";
const other = "signkey-test-99aa";
const nowMs = 1_717_171_717_500;

describe("canonicalJson", () => {
  it.each([
    ['{ "b": 2, "a": 1 }', '{"a":1,"b":2}'],
    ['{"\\u20ac":1,"\\r":2,"\\ud83d\\ude00":3,"\\ufb33":4,"1":5}', '{"\\r":2,"1":5,"€":1,"😀":3,"\ufb33":4}'],
    ["[1.0, 1e3, 1E21, -0, 0.000001, 1e-7]", "[1,1000,1e+21,0,0.000001,1e-7]"],
    ['["\\u0041\\/\\u000f\\n", null, true, {}]', '["A/\\u000f\\n",null,true,{}]'],
    ['{"z":{"b":[{"y":1,"x":2}],"a":null}}', '{"z":{"a":null,"b":[{"x":2,"y":1}]}}'],
    ['"text"', '"text"'],
    ['{"__proto__":{"b":1,"a":2}}', '{"__proto__":{"a":2,"b":1}}'],
  ])("%s", (text, canonical) => {
    expect(canonicalJson(JSON.parse(text))).toBe(canonical);
    expect(canonicalJson(JSON.parse(canonical))).toBe(canonical);
  });

  it("leaves out what JSON leaves out", () => {
    expect(canonicalJson({ b: undefined, a: [undefined] })).toBe('{"a":[null]}');
  });
});

describe("signatureOf", () => {
  it("is an HMAC over text and seconds, keyed by the text behind the prefix", async () => {
    const mac = createHmac("sha256", "abcdef0123").update('{"a":1,"b":2}1717171717').digest("hex");
    expect(await signatureOf('{"a":1,"b":2}', { key, nowMs })).toBe(`t=1717171717&s=${mac}`);
  });
});

describe("verifiedKey", () => {
  const sign = (over: { key?: string; nowMs?: number; text?: string } = {}) =>
    signatureOf(over.text ?? "text", { key, nowMs, ...over });
  const verify = async (signature: string | undefined, keys: (string | undefined)[] = [key]) =>
    verifiedKey({ text: "text", signature, keys, nowMs });

  it("names the key", async () => {
    expect(await verify(await sign())).toBe(key);
    expect(await verify(await sign({ key: other }), [key, other])).toBe(other);
    expect(await verify(await sign({ key: "abcdef0123" }))).toBe(key);
  });

  it("refuses another text, key or no key", async () => {
    expect(await verify(await sign({ text: "Text" }))).toBeUndefined();
    expect(await verify(await sign({ key: other }))).toBeUndefined();
    expect(await verify(await sign(), [])).toBeUndefined();
    expect(await verify(await sign(), [undefined, ""])).toBeUndefined();
  });

  it("takes five minutes either way, and no second more", async () => {
    for (const sign1 of [-1, 1]) {
      expect(await verify(await sign({ nowMs: nowMs + sign1 * 299_000 }))).toBe(key);
      expect(await verify(await sign({ nowMs: nowMs + sign1 * 301_000 }))).toBeUndefined();
    }
  });

  it.each([
    "",
    "t=1717171717",
    "s=00",
    "t=1717171717&s=",
    "t=1717171717&s=zz",
    "t=x&s=00",
    "t=1717171717&s=00",
  ])("refuses the header %j", async (header) => {
    expect(await verify(header)).toBeUndefined();
  });

  it("refuses a signature that is cut, lengthened or changed", async () => {
    const good = await sign();
    const last = good.endsWith("0") ? "1" : "0";
    for (const bad of [good.slice(0, -1), `${good}0`, good.slice(0, -1) + last, undefined]) {
      expect(await verify(bad)).toBeUndefined();
    }
  });
});

describe("signedText", () => {
  it("is canonical, whatever the body's form", () => {
    expect(signedText('{ "b": 2, "a": 1 }')).toBe('{"a":1,"b":2}');
    expect(signedText({ b: 2, a: 1 })).toBe('{"a":1,"b":2}');
    for (const nothing of ["", undefined, null]) expect(signedText(nothing)).toBe("");
    expect(signedText("{")).toBeUndefined();
    expect(signedText("[".repeat(200_000) + "]".repeat(200_000))).toBeUndefined();
  });
});

describe("hashedSigningKey", () => {
  it("keeps the prefix and hashes the bytes", async () => {
    const hash = createHash("sha256").update(Buffer.from("abcdef0123", "hex")).digest("hex");
    expect(await hashedSigningKey(key)).toBe(`signkey-prod-${hash}`);
    expect(await hashedSigningKey("ABCDEF0123")).toBe(hash);
  });
});
