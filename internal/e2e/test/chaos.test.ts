import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ChaosCampaign } from "../src/chaos/campaign.ts";
import type { Blow } from "../src/chaos/fault.ts";
import { faults } from "../src/chaos/faults.ts";
import { reportOn } from "../src/chaos/report.ts";

const STORM_MS = 120_000;
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

function say(text: string): void {
  process.stdout.write(`chaos test: ${text}\n`);
}

test(`three nodes lose nothing, whatever happens to them (seed ${seed})`, {
  timeout: 1_200_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-chaos-"));
  say(`seed ${seed}, in ${folder}`);
  const onBlow = (blow: Blow) => say(JSON.stringify(blow));
  const report = reportOn(await new ChaosCampaign({ seed, stormMs: STORM_MS, folder, onBlow }).run());
  say(JSON.stringify({ ...report, problems: report.problems.length }));
  expect(report.problems).toEqual([]);
  // All kinds of faults happened, and found runs at work.
  expect(Object.keys(report.kinds).sort()).toEqual(Object.keys(faults).sort());
  expect(report.kinds.kill?.held).toBeGreaterThan(0);
  expect(report.kinds.zombie?.held).toBeGreaterThan(0);
  expect(report.acknowledged).toBeGreaterThan(100);
  rmSync(folder, { recursive: true });
});
