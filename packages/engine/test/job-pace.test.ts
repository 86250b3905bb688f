import { expect, it } from "vitest";
import { JobPace } from "../src/domain/job-pace.ts";

/** Goes on until the size stands; a run takes so long, and each of a portion's two commits waits for the disk. */
function settled(runMs: number, commitMs: number): JobPace {
  const pace = new JobPace();
  for (let portion = 0; portion < 200; portion++) {
    if (pace.wantsMeasure) pace.noteCommit(commitMs);
    pace.note({ count: pace.size, tookMs: 2 * commitMs + pace.size * runMs });
  }
  return pace;
}

it("does as much at a time as others hardly feel", () => {
  expect(settled(0.2, 1).size).toBeGreaterThan(20);
  expect(settled(0.2, 1).size).toBeLessThan(100);
});

it("does less at a time where a run takes longer, and more where it waits for the disk anyway", () => {
  expect(settled(1, 1).size).toBeLessThan(settled(0.2, 1).size);
  expect(settled(0.2, 20).size).toBeGreaterThan(settled(0.2, 1).size);
});

it("measures a small commit before the first portion, and now and then", () => {
  const pace = new JobPace();
  let measured = 0;
  for (let portion = 0; portion < 160; portion++) {
    if (pace.wantsMeasure) {
      pace.noteCommit(1);
      measured++;
    }
    expect(pace.wantsMeasure).toBe(false);
    pace.note({ count: pace.size, tookMs: 10 });
  }
  expect(measured).toBe(10);
});

it("has bounds", () => {
  expect(settled(1_000, 1).size).toBe(10);
  expect(settled(0, 0).size).toBe(400);
});

it("does not grow by portions that were not full", () => {
  const pace = new JobPace();
  const { size } = pace;
  for (let portion = 0; portion < 10; portion++) pace.note({ count: 3, tookMs: 2 });
  expect(pace.size).toBe(size);
});

it("leaves the engine alone for half as long as a portion took", () => {
  const pace = settled(0.2, 1);
  expect(pace.cycleMs).toBeCloseTo(1.5 * pace.expectedMs, -1);
  expect(pace.cycleMs).toBeGreaterThan(pace.expectedMs);
});
