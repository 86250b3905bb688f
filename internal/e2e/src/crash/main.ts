import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Campaign } from "./campaign.ts";

/*
 * `node internal/e2e/dist/crash/main.js --kills 5000 [--seed N] [--folder DIR]`: the crash test for as long as one likes.
 * The folder is kept if anything is wrong.
 */

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
console.log(`seed ${seed}, ${kills} kills, in ${folder}`);
const report = await new Campaign({
  kills,
  seed,
  folder,
  onProgress: (count) => console.log(`${count} kills`),
}).run();
console.log(JSON.stringify({ ...report, problems: report.problems.slice(0, 50) }, null, 2));
process.exitCode = report.problems.length === 0 ? 0 : 1;
