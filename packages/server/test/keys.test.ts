import { hashedSigningKey, signatureOf } from "@stepfast/protocol";
import { describe, expect, test } from "vitest";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";

const key = `signkey-prod-${"0a".repeat(16)}`;
const older = `signkey-prod-${"1b".repeat(16)}`;
const stranger = `signkey-prod-${"2c".repeat(16)}`;
const nowMs = () => 1_717_171_717_000;

describe("event keys", () => {
  test("are the ones that were given", () => {
    const keys = new EventKeys(["first-key", "second.key"]);
    expect(keys.isEmpty).toBe(false);
    for (const given of ["first-key", "second.key"]) expect(keys.accepts(given)).toBe(true);
    for (const given of ["", "first-ke", "first-keyy", "FIRST-KEY", "third"]) {
      expect(keys.accepts(given)).toBe(false);
    }
  });

  test("none accepts none", () => {
    const keys = new EventKeys([]);
    expect(keys.isEmpty).toBe(true);
    expect(keys.accepts("")).toBe(false);
  });

  test.each(["", "a/b", "a b", "ä", "a?b"])("%j cannot be one", (given) => {
    expect(() => new EventKeys([given])).toThrow(expect.objectContaining({ code: "invalid_config" }));
  });
});

describe("signing keys", () => {
  const keys = () => new SigningKeys({ signingKey: key, signingKeyFallback: older, nowMs });

  test("are accepted as bearer tokens, plain and hashed, whatever the prefix", async () => {
    for (const good of [key, older]) {
      const bare = good.slice("signkey-prod-".length);
      const hashed = await hashedSigningKey(good);
      const bareHash = hashed.slice("signkey-prod-".length);
      for (const token of [
        good,
        bare,
        `signkey-test-${bare}`,
        hashed,
        bareHash,
        `signkey-test-${bareHash}`,
      ]) {
        expect(keys().accepts(token)).toBe(true);
      }
    }
  });

  test("nothing else is", async () => {
    const twice = await hashedSigningKey(await hashedSigningKey(key));
    const others = [stranger, await hashedSigningKey(stranger), twice, "", "undefined", "signkey-prod-"];
    for (const token of others) expect(keys().accepts(token)).toBe(false);
  });

  test("verify what either made, and within the time only", async () => {
    const sign = (by: string, atMs = nowMs()) => signatureOf("text", { key: by, nowMs: atMs });
    for (const by of [key, older]) expect(keys().verifies("text", await sign(by))).toBe(true);
    expect(keys().verifies("text", await sign(stranger))).toBe(false);
    expect(keys().verifies("texts", await sign(key))).toBe(false);
    expect(keys().verifies("text", await sign(key, nowMs() - 301_000))).toBe(false);
    expect(keys().verifies("text", null)).toBe(false);
  });

  test("sign with the key, or with its fallback", async () => {
    expect(keys().sign("text", 0)).toBe(await signatureOf("text", { key, nowMs: nowMs() }));
    expect(keys().sign("text", 1)).toBe(await signatureOf("text", { key: older, nowMs: nowMs() }));
    expect([keys().count, new SigningKeys({ signingKey: key }).count]).toEqual([2, 1]);
  });

  test.each(["", "signkey-prod-", "abc", "signkey-prod-xyz1", "secret!"])("%j cannot be one", (given) => {
    const refused = expect.objectContaining({ code: "invalid_config" });
    expect(() => new SigningKeys({ signingKey: given })).toThrow(refused);
    if (given !== "") {
      expect(() => new SigningKeys({ signingKey: key, signingKeyFallback: given })).toThrow(refused);
    }
  });

  test("are not told by accident", () => {
    expect(JSON.stringify(keys())).toBe("{}");
    expect(JSON.stringify(new EventKeys(["an-event-key"]))).toBe("{}");
  });
});
