import { describe, expect, it } from "vitest";
import { CronExpression } from "../../src/domain/schedule/cron-expression.ts";
import { dueTicks, MAX_CAUGHT_UP } from "../../src/domain/schedule/due-ticks.ts";
import { dueAtOf, newSchedule } from "../../src/domain/schedule/ledger.ts";
import { type CatchUp, type ScheduleSpec, startOf } from "../../src/domain/schedule/schedule-spec.ts";

const T0 = Date.UTC(2026, 0, 1);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

function schedule(text: string, catchUp: CatchUp = "one", jitterMs = 0): ScheduleSpec {
  return { gateId: "g", functionId: "app-fn", cron: new CronExpression(text), jitterMs, catchUp };
}

/** Looks until nothing is due. */
function looks(spec: ScheduleSpec, now: number, from = T0) {
  let state = newSchedule(spec, "app", from);
  const fired: number[] = [];
  let leftOut = 0;
  for (let due = dueAtOf(spec, state); due !== null && due <= now; due = dueAtOf(spec, state)) {
    const result = dueTicks(spec, state, now);
    expect(result.state.handledUntil).toBeGreaterThan(state.handledUntil);
    state = result.state;
    fired.push(...result.fire);
    leftOut += result.leftOut;
  }
  return { state, fired, leftOut };
}

describe("due ticks", () => {
  it("that are on time fire, whatever the policy", () => {
    for (const catchUp of ["skip", "one", "all"] as const) {
      const spec = schedule("0 * * * *", catchUp);
      expect(looks(spec, T0 + HOUR_MS - 1).fired).toEqual([]);
      expect(looks(spec, T0 + HOUR_MS + 9_000).fired).toEqual([T0 + HOUR_MS]);
    }
  });

  it.each([
    ["skip", []],
    ["one", [3]],
    ["all", [1, 2, 3]],
  ] as const)("that were missed: %s", (catchUp, hours) => {
    const { fired, state } = looks(schedule("0 * * * *", catchUp), T0 + 3.5 * HOUR_MS);
    expect(fired).toEqual(hours.map((hour) => T0 + hour * HOUR_MS));
    expect(state.missed).toBe(3 - hours.length);
    expect(state.nextTick).toBe(T0 + 4 * HOUR_MS);
  });

  it.each([
    ["03-28T12:00Z", "03-30T12:00Z", ["03-29T01:00Z", "03-30T00:30Z"]],
    ["10-24T12:00Z", "10-26T12:00Z", ["10-25T00:30Z", "10-26T01:30Z"]],
  ])("that were missed from %s on, while clocks changed, each come once", (since, until, missed) => {
    const at = (text: string) => Date.parse(`2026-${text}`);
    const policies = { skip: [], one: missed.slice(-1), all: missed };
    for (const [catchUp, expected] of Object.entries(policies)) {
      const { fired, state } = looks(
        schedule("TZ=Europe/Rome 30 2 * * *", catchUp as CatchUp),
        at(until),
        at(since),
      );
      expect([fired, state.missed]).toEqual([expected.map(at), missed.length - expected.length]);
    }
  });

  it("that were missed are not made up for by `one` if the latest is on time", () => {
    expect(looks(schedule("0 * * * *"), T0 + 3 * HOUR_MS + 1_000).fired).toEqual([T0 + 3 * HOUR_MS]);
  });

  it("are never more than a thousand missed ones, the latest", () => {
    const now = T0 + 2 * HOUR_MS;
    const { fired } = looks(schedule("* * * * * *", "all"), now);
    expect(fired).toEqual(
      Array.from({ length: MAX_CAUGHT_UP }, (_, no) => now - (MAX_CAUGHT_UP - 1 - no) * SECOND_MS),
    );
  });

  it("come all, and each once, if they are fewer", () => {
    const { fired } = looks(schedule("* * * * * *", "all"), T0 + 450 * SECOND_MS);
    expect(fired).toEqual(Array.from({ length: 450 }, (_, no) => T0 + (no + 1) * SECOND_MS));
  });

  it("of a long absence cost no more than those of a short one", () => {
    const now = T0 + 400 * 24 * HOUR_MS;
    const one = looks(schedule("* * * * * *", "one"), now);
    expect(one.fired).toEqual(Array.from({ length: 11 }, (_, no) => now - (10 - no) * SECOND_MS));
    expect(looks(schedule("0 * * * *", "one"), now + 60_000).fired).toEqual([now]);
  });

  it("start within their jitter, the same for whoever asks", () => {
    const spec = schedule("* * * * *", "one", 30_000);
    const starts = Array.from(
      { length: 200 },
      (_, no) => startOf(spec, T0 + no * 60_000) - (T0 + no * 60_000),
    );
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...starts)).toBeLessThanOrEqual(30_000);
    expect(new Set(starts).size).toBeGreaterThan(150);
    expect(startOf({ ...spec }, T0)).toBe(startOf(spec, T0));
    expect(startOf({ ...spec, functionId: "app-other" }, T0)).not.toBe(startOf(spec, T0));
  });

  it("wait for those before them if the jitter is longer than the interval, and none is lost", () => {
    const spec = schedule("* * * * * *", "skip", 60_000);
    let state = newSchedule(spec, "app", T0);
    const fired: number[] = [];
    while (fired.length < 500) {
      const now: number = dueAtOf(spec, state) ?? 0;
      const result = dueTicks(spec, state, now);
      state = result.state;
      fired.push(...result.fire);
    }
    expect(fired).toEqual(Array.from({ length: fired.length }, (_, no) => T0 + (no + 1) * SECOND_MS));
  });
});
