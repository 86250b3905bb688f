import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Campaign } from "../src/crash/campaign.ts";

const KILLS = 100;
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

test(`what was acknowledged and recorded outlives ${KILLS} kills (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-crash-"));
  console.log(`crash test: seed ${seed}, in ${folder}`);
  const report = await new Campaign({ kills: KILLS, seed, folder }).run();
  console.log(`crash test: ${JSON.stringify({ ...report, problems: report.problems.length })}`);
  expect(report.problems).toEqual([]);
  // The campaign reached what it is about: work in the middle of which a kill came.
  expect(report.acknowledged).toBeGreaterThan(KILLS);
  expect(report.repeated).toBeGreaterThan(0);
  rmSync(folder, { recursive: true });
});
