import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ChaosCampaign } from "./campaign.ts";
import type { Blow } from "./fault.ts";
import { reportOn } from "./report.ts";

/*
 * `node internal/e2e/dist/chaos/main.js --minutes 60 [--seed N] [--lease-ms N] [--kinds kill,zombie] [--folder DIR] [--pooler]`: the
 * chaos test for as long as one likes. The folder is kept if anything is wrong. Exit code 1: something is.
 */

const MINUTE_MS = 60_000;
const MOST_SHOWN = 50;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "lease-ms": { type: "string", default: "3000" },
    kinds: { type: "string" },
    folder: { type: "string" },
    pooler: { type: "boolean", default: false },
  },
});
const folder = values.folder ?? join(tmpdir(), `stepfast-chaos-${process.pid}`);
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const isPooled = values.pooler;
const leaseMs = Number(values["lease-ms"]);
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !(leaseMs > 0))
  throw new Error("--minutes and --lease-ms must be positive numbers, --seed a whole one");

const begunAt = performance.now();
const seconds = () => `${Math.round((performance.now() - begunAt) / 1_000)} s`;
console.log(`seed ${seed}, ${minutes} minutes, in ${folder}`);
const onBlow = (blow: Blow) => console.log(`${seconds()}: ${JSON.stringify(blow)}`);
const kinds = values.kinds === undefined ? {} : { kinds: values.kinds.split(",") };
const campaign = new ChaosCampaign({
  ...kinds,
  seed,
  stormMs: minutes * MINUTE_MS,
  leaseMs,
  isPooled,
  folder,
  onBlow,
});
const report = reportOn(await campaign.run());
console.log(JSON.stringify({ ...report, problems: report.problems.slice(0, MOST_SHOWN) }, null, 2));
console.log(`${report.problems.length} problems, ${report.late.length} late take-overs, ${seconds()}`);
if (report.problems.length + report.late.length > 0) process.exitCode = 1;
else rmSync(folder, { recursive: true });
