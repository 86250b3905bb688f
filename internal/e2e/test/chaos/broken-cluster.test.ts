import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judge } from "../../src/campaign/checks/index.ts";
import { ChaosCampaign } from "../../src/chaos/campaign.ts";

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

test(`nodes that lose acknowledged results are noticed (seed ${seed})`, { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-forgetful-nodes-"));
  const how = { kinds: ["kill two"], isForgetful: true, stormMs: 8_000, leaseMs: 1_500, settleMs: 2_000 };
  const evidence = await new ChaosCampaign({ seed, folder, ...how }).run();
  expect(judge(evidence)).toContainEqual(expect.stringMatching(/step \S+ began after step \S+ had begun/));
  rmSync(folder, { recursive: true });
});
