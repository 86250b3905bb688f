import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { consoleLog } from "../src/system/console-log.ts";
import { systemClock } from "../src/system/system-clock.ts";
import { systemRandom } from "../src/system/system-random.ts";

const HOUR_MS = 3_600_000;

describe("the system's clock", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => vi.useRealTimers());

  test("tells the time", () => {
    vi.advanceTimersByTime(500);
    expect(systemClock.now()).toBe(1_500);
  });

  test("calls once, when the time has come", () => {
    const called = vi.fn();
    systemClock.after(100, called);
    vi.advanceTimersByTime(99);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(called).toHaveBeenCalledTimes(1);
  });

  test("waits longer than a timer can", () => {
    const monthMs = 30 * 86_400_000;
    const called = vi.fn();
    systemClock.after(monthMs, called);
    vi.advanceTimersByTime(monthMs - 1);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledTimes(1);
  });

  test("forgets, also in the middle of a long wait", () => {
    const called = vi.fn();
    const forget = systemClock.after(2 ** 33, called);
    vi.advanceTimersByTime(2 ** 31 + 1_000);
    forget();
    vi.advanceTimersByTime(2 ** 34);
    expect(called).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("calls soon after the machine has slept, or its clock was put forward, past the time; and no sooner", () => {
    const called: string[] = [];
    systemClock.after(9 * HOUR_MS, () => called.push("later"));
    systemClock.after(8 * HOUR_MS, () => called.push("at eight"));
    systemClock.after(HOUR_MS, () => called.push("at one"));
    vi.advanceTimersByTime(60_000);
    vi.setSystemTime(Date.now() + 8 * HOUR_MS);
    vi.advanceTimersByTime(6_000);
    expect(called).toEqual(["at one", "at eight"]);
    vi.advanceTimersByTime(HOUR_MS - 70_000);
    expect(called).toEqual(["at one", "at eight"]);
    vi.advanceTimersByTime(10_000);
    expect(called).toEqual(["at one", "at eight", "later"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("calls no later where its clock was put back", () => {
    const called = vi.fn();
    systemClock.after(60_000, called);
    vi.setSystemTime(Date.now() - 8 * HOUR_MS);
    vi.advanceTimersByTime(30_000);
    // Part of the way back: it is behind the timers still.
    vi.setSystemTime(Date.now() + HOUR_MS);
    vi.advanceTimersByTime(29_999);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledTimes(1);
  });
});

describe("the system's randomness", () => {
  test("gives as many bytes as asked for, other ones each time", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 1_000; i++) {
      const bytes = systemRandom.bytes(16);
      expect(bytes).toHaveLength(16);
      seen.add(Buffer.from(bytes).toString("hex"));
    }
    expect(seen.size).toBe(1_000);
    expect(systemRandom.bytes(10_000)).toHaveLength(10_000);
  });

  test("bytes that were given stay as they are", () => {
    const bytes = systemRandom.bytes(16);
    const before = Buffer.from(bytes).toString("hex");
    for (let i = 0; i < 1_000; i++) systemRandom.bytes(16);
    expect(Buffer.from(bytes).toString("hex")).toBe(before);
  });

  test("fractions lie in [0, 1)", () => {
    const fraction = systemRandom.fraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
  });
});

describe("the log on the console", () => {
  test("writes a line a message, with its fields", () => {
    const lines: string[] = [];
    const log = consoleLog("debug", (line) => lines.push(line));
    log.debug("a", { n: 1, text: "two words", plain: "x", none: undefined });
    log.error("b", { error: new TypeError("boom"), list: [1] });
    expect(lines).toEqual(['debug a n=1 text="two words" plain=x', 'error b error="boom" list=[1]']);
  });

  test("leaves out what is below its level", () => {
    const lines: string[] = [];
    const log = consoleLog("warn", (line) => lines.push(line));
    log.info("no");
    log.warn("yes");
    expect(lines).toEqual(["warn  yes"]);
    consoleLog("silent", (line) => lines.push(line)).error("no");
    expect(lines).toHaveLength(1);
  });

  test("survives a field that cannot be written", () => {
    const lines: string[] = [];
    const loop: { self?: unknown } = {};
    loop.self = loop;
    consoleLog("info", (line) => lines.push(line)).info("a", { loop });
    expect(lines).toEqual(["info  a loop=[object Object]"]);
  });
});
