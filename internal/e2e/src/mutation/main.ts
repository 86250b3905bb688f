import { parseArgs } from "node:util";
import { MutationCampaign } from "./campaign.ts";

/*
 * `node internal/e2e/dist/mutation/main.js --replays 10000000 [--seed N]`: mutated requests for as long as one likes. Exit
 * code 1: something is wrong.
 */

const { values } = parseArgs({
  options: {
    replays: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [replays, seed] = [Number(values.replays), Number(values.seed)];
if (!Number.isSafeInteger(replays) || replays < 1 || !Number.isSafeInteger(seed))
  throw new Error("--replays and --seed must be whole numbers");

console.log(`seed ${seed}, ${replays} replays`);
const begunAt = performance.now();
const report = await new MutationCampaign({ seed, replays }).run();
console.log(JSON.stringify(report, null, 2));
console.log(`${report.problems.length} problems, ${Math.round((performance.now() - begunAt) / 1_000)} s`);
if (report.problems.length > 0) process.exitCode = 1;
