import { describe, expect, it } from "vitest";
import { durationText, durationToMs, momentText, timeoutText } from "../../src/time/duration.ts";

describe("durations", () => {
  it.each([
    ["1h30m", "1h30m"],
    ["2 days", "2d"],
    ["7d", "1w"],
    ["2.5d", "2d12h"],
    ["1d 12h", "1d12h"],
    ["500ms", "500ms"],
    ["0s", "0s"],
    [1500, "1s500ms"],
    [0, "0s"],
    ["90", "90ms"],
    [{ hours: 1, minutes: 30 }, "1h30m"],
  ])("%j is %s on the wire", (input, expected) => {
    expect(durationText(input)).toBe(expected);
  });

  it.each(["", "soon", "1x", "h", -1, Number.POSITIVE_INFINITY, {}, null])("%j is none", (input) => {
    expect(() => durationToMs(input as never)).toThrow(expect.objectContaining({ code: "invalid_duration" }));
  });
});

describe("moments", () => {
  it("are dates, ISO texts and Temporal instants", () => {
    const iso = "2030-01-02T03:04:05.000Z";
    expect([
      momentText(new Date(iso)),
      momentText(iso),
      momentText({ epochMilliseconds: Date.parse(iso) }),
    ]).toEqual([iso, iso, iso]);
  });

  it.each(["someday", new Date(Number.NaN), {}, null, undefined])("%j is none", (input) => {
    expect(() => momentText(input as never)).toThrow(expect.objectContaining({ code: "invalid_duration" }));
  });

  it("may be timeouts, beside durations", () => {
    expect([
      timeoutText("1h30m"),
      timeoutText(60_000),
      timeoutText(new Date(0)),
      timeoutText("2030-01-01"),
    ]).toEqual(["1h30m", "1m", "1970-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"]);
  });
});
