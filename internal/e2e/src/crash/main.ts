import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Campaign } from "./campaign.ts";
import { reportOn } from "./report.ts";

/*
 * `node internal/e2e/dist/crash/main.js --kills 3000 [--seed N] [--folder DIR]`: the crash test for as long as one likes.
 * The folder is kept if anything is wrong. Exit code 1: something is.
 */

const PROGRESS_KILLS = 100;
const MOST_SHOWN = 50;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    folder: { type: "string" },
  },
});
const folder = values.folder ?? join(tmpdir(), `stepfast-crash-${process.pid}`);
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed))
  throw new Error("--kills and --seed must be whole numbers");

const begunAt = performance.now();
const seconds = () => `${Math.round((performance.now() - begunAt) / 1_000)} s`;
console.log(`seed ${seed}, ${kills} kills, in ${folder}`);
const onKill = (count: number) => {
  if (count % PROGRESS_KILLS === 0) console.log(`${count} kills, ${seconds()}`);
};
const report = reportOn(await new Campaign({ kills, seed, folder, onKill }).run());
console.log(JSON.stringify({ ...report, problems: report.problems.slice(0, MOST_SHOWN) }, null, 2));
console.log(`${report.problems.length} problems, ${seconds()}`);
if (report.problems.length > 0) process.exitCode = 1;
else rmSync(folder, { recursive: true });
