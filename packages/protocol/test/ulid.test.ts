import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isUlid, ulidFactory, ulidFromBytes, ulidTime } from "../src/ulid.ts";

const full = new Uint8Array(16).fill(255);
const zero = new Uint8Array(16);

describe("ulidFromBytes", () => {
  it("writes time and entropy in Crockford's alphabet", () => {
    expect(ulidFromBytes(0, zero)).toBe("00000000000000000000000000");
    expect(ulidFromBytes(2 ** 48 - 1, full)).toBe("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    expect(ulidFromBytes(1_469_918_176_385, zero)).toBe("01ARYZ6S410000000000000000");
    expect(ulidFromBytes(0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1))).toBe("00000000000000000000000001");
    expect(ulidFromBytes(0, Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBe(
      "0000000000G000000000000000",
    );
  });

  it("is the same for the same bytes and keeps the order of the bytes", () => {
    const ids = Array.from({ length: 500 }, () => new Uint8Array(randomBytes(10)));
    const byBytes = [...ids].sort((a, b) => Buffer.compare(a, b)).map((bytes) => ulidFromBytes(5, bytes));
    expect(byBytes).toEqual([...byBytes].sort());
    expect(new Set(byBytes).size).toBe(500);
  });
});

describe("ulidFactory", () => {
  it("makes ids that sort as they were made, even if the clock stands still or steps back", () => {
    const next = ulidFactory((length) => new Uint8Array(randomBytes(length)));
    const times = [1_000, 1_000, 1_001, 900, 1_001, 5_000, ...Array.from({ length: 5_000 }, () => 5_000)];
    const ids = times.map(next);
    expect(ids.every(isUlid)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.map(ulidTime).slice(0, 6)).toEqual([1_000, 1_000, 1_001, 1_001, 1_001, 5_000]);
  });

  it("carries over when a digit is full", () => {
    const next = ulidFactory(() => full);
    const [first = "", second = ""] = [next(7), next(7)];
    expect(first.slice(10)).toBe("FZZZZZZZZZZZZZZZ");
    expect(second.slice(10)).toBe("G000000000000000");
  });

  it("uses all its entropy", () => {
    const next = ulidFactory((length) => new Uint8Array(randomBytes(length)));
    const tails = Array.from({ length: 1_000 }, (_, i) => next(i).slice(10));
    for (let place = 1; place < 16; place++) {
      expect(new Set(tails.map((tail) => tail.charAt(place))).size).toBe(32);
    }
  });
});

it.each([
  ["01ARYZ6S41TSV4RRFFQ69G5FAV", true],
  ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true],
  ["8ZZZZZZZZZZZZZZZZZZZZZZZZZ", false],
  ["01ARYZ6S41TSV4RRFFQ69G5FA", false],
  ["01ARYZ6S41TSV4RRFFQ69G5FAI", false],
  ["01aryz6s41tsv4rrffq69g5fav", false],
  ["", false],
])("isUlid(%s) is %s", (text, expected) => {
  expect(isUlid(text)).toBe(expected);
});
