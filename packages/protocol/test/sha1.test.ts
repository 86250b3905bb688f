import { createHash, randomBytes, randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { sha1Hex } from "../src/sha1.ts";
import { hashStepId } from "../src/step-id.ts";

it.each([
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
  ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
  ["complete", "0737c22d3bfae812339732d14d8c7dbd6dc4e09c"],
])("%.20s", (text, hash) => {
  expect(sha1Hex(text)).toBe(hash);
});

const reference = (text: string) => createHash("sha1").update(text, "utf8").digest("hex");

it("agrees with the platform at every length around the block borders", () => {
  for (let length = 0; length < 260; length++) {
    const text = "x".repeat(length);
    expect(sha1Hex(text)).toBe(reference(text));
  }
});

it("agrees with the platform on random texts", () => {
  for (let i = 0; i < 2_000; i++) {
    const bytes = randomBytes(randomInt(300));
    const text = i % 2 === 0 ? bytes.toString("latin1") : bytes.toString("utf16le");
    expect(sha1Hex(text), JSON.stringify(text)).toBe(reference(text));
  }
});

it("names the n-th use of a step", () => {
  expect(hashStepId("a")).toBe(reference("a"));
  expect(hashStepId("a", 0)).toBe(hashStepId("a"));
  expect(hashStepId("a", 2)).toBe(reference("a:2"));
});
