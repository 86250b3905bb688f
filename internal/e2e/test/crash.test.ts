import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Campaign } from "../src/crash/campaign.ts";
import { reportOn } from "../src/crash/report.ts";

const KILLS = 100;
const PROGRESS_KILLS = 25;
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

function say(text: string): void {
  process.stdout.write(`crash test: ${text}\n`);
}

test(`what was acknowledged and recorded outlives ${KILLS} kills (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-crash-"));
  say(`seed ${seed}, in ${folder}`);
  const onKill = (kills: number) => {
    if (kills % PROGRESS_KILLS === 0) say(`${kills} kills`);
  };
  const report = reportOn(await new Campaign({ kills: KILLS, seed, folder, onKill }).run());
  say(JSON.stringify({ ...report, problems: report.problems.length }));
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(KILLS);
  // The kills reached what they are about: runs at work, steps in the middle, results not yet recorded.
  expect(report.acknowledged).toBeGreaterThan(KILLS);
  expect(report.interrupting).toBeGreaterThan(KILLS / 2);
  expect(report.insideStep).toBeGreaterThan(KILLS / 10);
  expect(report.unrecorded).toBeGreaterThan(0);
  rmSync(folder, { recursive: true });
});
