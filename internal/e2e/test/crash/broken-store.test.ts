import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judge } from "../../src/campaign/checks/index.ts";
import { Campaign } from "../../src/crash/campaign.ts";

const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

test(`a store that loses acknowledged results is noticed (seed ${seed})`, { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-forgetful-"));
  const campaign = new Campaign({ kills: 12, seed, folder, stores: ["forgetful"], settleMs: 2_000 });
  expect(judge(await campaign.run())).toContainEqual(
    expect.stringMatching(/step \S+ began after step \S+ had begun/),
  );
  rmSync(folder, { recursive: true });
});
