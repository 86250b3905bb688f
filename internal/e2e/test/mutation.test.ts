import { expect, test } from "vitest";
import { MutationCampaign } from "../src/mutation/campaign.ts";

const REPLAYS = 100_000;
const TIMEOUT_MS = 600_000;
const seed = Date.now() % 1_000_000;

test(
  `${REPLAYS} mutated requests and answers of the official SDK: no 5xx, no hang, no lost run (seed ${seed})`,
  async () => {
    const report = await new MutationCampaign({ seed, replays: REPLAYS }).run();
    expect(report.problems).toEqual([]);
    expect(report.replays).toBeGreaterThanOrEqual(REPLAYS);
    // What is refused, what is taken and what starts runs: all of it came.
    for (const status of [200, 400, 404, 409, 413]) expect(report.statuses).toHaveProperty(String(status));
    expect(report.runs).toBeGreaterThan(REPLAYS / 100);
  },
  TIMEOUT_MS,
);
