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
