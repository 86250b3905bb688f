import { describe, expect, it } from "vitest";
import { CronExpression } from "../../src/domain/schedule/cron-expression.ts";

function ticks(text: string, from: string, count: number): string[] {
  const cron = new CronExpression(text);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    const next = cron.after(at);
    if (next === null) break;
    found.push(new Date(next).toISOString().replace(":00.000Z", "Z"));
    at = next;
  }
  return found;
}

describe("a cron expression", () => {
  it.each([
    ["0 9 * * 1", ["2026-01-05T09:00Z", "2026-01-12T09:00Z"]],
    ["*/15 * * * *", ["2026-01-01T00:15Z", "2026-01-01T00:30Z"]],
    ["30 0 9 * * *", ["2026-01-01T09:00:30.000Z", "2026-01-02T09:00:30.000Z"]],
    ["@daily", ["2026-01-02T00:00Z", "2026-01-03T00:00Z"]],
    ["@hourly", ["2026-01-01T01:00Z", "2026-01-01T02:00Z"]],
    ["TZ=Europe/Rome 0 9 * * *", ["2026-01-01T08:00Z", "2026-01-02T08:00Z"]],
    ["CRON_TZ=America/New_York @weekly", ["2026-01-04T05:00Z", "2026-01-11T05:00Z"]],
    ["0 0 29 2 *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
  ])("%s", (text, expected) => {
    expect(ticks(text, "2026-01-01T00:00:00Z", 2)).toEqual(expected);
  });

  it("comes at the end of the gap where the clocks skip its time", () => {
    expect(ticks("TZ=Europe/Rome 30 2 * * *", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
    ]);
  });

  it("comes once where the clocks repeat its time", () => {
    expect(ticks("TZ=Europe/Rome 30 2 * * *", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
  });

  it("goes on through both if it comes every so often", () => {
    expect(ticks("TZ=Europe/Rome */30 * * * *", "2026-10-25T00:00:00Z", 4)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:00Z",
    ]);
  });

  it("knows its last times as well as its next ones", () => {
    const cron = new CronExpression("TZ=Europe/Rome 30 2 * * *");
    const at = Date.parse("2026-03-31T00:30:00Z");
    const last = cron.lastUntil(at, 3).map((time) => new Date(time).toISOString());
    expect(last).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
      "2026-03-31T00:30:00.000Z",
    ]);
  });

  it.each([
    ["0 0 30 2 *", "never comes"],
    ["61 * * * *", "minute: 61"],
    ["* * * *", "five fields"],
    ["* * * * * * 2030", "five fields"],
    ["2030-01-01T00:00:00", "five fields"],
    ["@reboot", "not a cron expression"],
    ["@every 5m", "not a cron expression"],
    ["TZ=Mars/Olympus 0 9 * * *", '"Mars/Olympus" is not a time zone'],
    ["TZ=Europe/Rome", "no schedule"],
    ["*/0 * * * *", "illegal stepping"],
    [" ", "five fields"],
  ])("refuses %s", (text, reason) => {
    expect(() => new CronExpression(text)).toThrow(reason);
  });
});

/** A generator of numbers below 1 from a seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("looking back", () => {
  const seed = 1 + (Date.now() % 1_000_000);
  const zones = ["UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"];
  const minutes = ["*", "0", "30", "*/7", "5,35", "10-20"];
  const hours = ["*", "2", "1-3", "*/5", "0,2,23"];
  const days = ["* * *", "* * 1", "1 * *", "L * *", "* 3,10 0", "29 2 *"];

  it(`finds the times that looking ahead finds (seed ${seed})`, () => {
    const roll = dice(seed);
    const pick = (list: string[]) => list[Math.floor(roll() * list.length)] ?? "";
    const change = [
      Date.UTC(2026, 2, 29),
      Date.UTC(2026, 9, 25),
      Date.UTC(2026, 2, 8),
      Date.UTC(2026, 10, 1),
    ];
    for (let round = 0; round < 60; round++) {
      const text = `TZ=${pick(zones)} ${pick(minutes)} ${pick(hours)} ${pick(days)}`;
      const cron = new CronExpression(text);
      const until = (change[round % 4] ?? 0) + Math.floor(roll() * 48 * 3_600_000) - 12 * 3_600_000;
      const back = cron.lastUntil(until, 12);
      const ahead: number[] = [];
      let at = cron.after((back[0] ?? until) - 1);
      while (at !== null && at <= until) {
        ahead.push(at);
        at = cron.after(at);
      }
      expect({ text, until, times: back }).toEqual({ text, until, times: ahead });
    }
  });
});
