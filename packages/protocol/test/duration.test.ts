import { describe, expect, it } from "vitest";
import { durationMs, formatDuration, parseDueTime, parseDuration } from "../src/duration.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  ["30s", 30 * SECOND],
  ["1h30m", 90 * MINUTE],
  ["1d 12h", 36 * HOUR],
  ["2 days", 2 * DAY],
  ["1 week 2 days", 9 * DAY],
  ["500ms", 500],
  ["1.5h", 90 * MINUTE],
  ["1m", MINUTE],
  ["1M", MINUTE],
  ["1 minute, 2s", undefined],
  ["250", 250],
  [" 10 MINUTES ", 10 * MINUTE],
  ["1y", 31_557_600_000],
  ["0s", 0],
  ["", undefined],
  ["-1s", undefined],
  ["1 fortnight", undefined],
  ["s", undefined],
  ["1s2", undefined],
  ["1e3", undefined],
  ["1constructor", undefined],
  ["1__proto__", undefined],
  [`${"1".repeat(101)}s`, undefined],
])("parseDuration(%j) is %j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

describe("durationMs", () => {
  it("takes texts and numbers", () => {
    expect(durationMs("2m")).toBe(120_000);
    expect(durationMs(15)).toBe(15);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "soon", "-5s"])("refuses %s", (value) => {
    expect(() => durationMs(value)).toThrowError(expect.objectContaining({ code: "invalid_duration" }));
  });
});

it.each([
  [0, "0s"],
  [1, "1ms"],
  [1_500, "1s500ms"],
  [90 * MINUTE, "1h30m"],
  [9 * DAY, "1w2d"],
  [DAY - 1, "23h59m59s999ms"],
  [1.9, "1ms"],
])("formatDuration(%d) is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it("reads what it writes", () => {
  for (let i = 0; i < 2_000; i++) {
    const ms = Math.floor(Math.random() * 10 ** (i % 12));
    expect(parseDuration(formatDuration(ms)), String(ms)).toBe(ms);
  }
});

it.each([
  ["", 1_000],
  ["2s", 3_000],
  ["1970-01-01T00:00:05.000Z", 5_000],
  ["nonsense", undefined],
])("parseDueTime(%j) is %j", (text, time) => {
  expect(parseDueTime(text, 1_000)).toBe(time);
});
