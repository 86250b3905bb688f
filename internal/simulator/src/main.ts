import { parseArgs } from "node:util";
import { Playground, playgroundNames } from "./playground.ts";
import { type SimulationReport, simulate } from "./simulation.ts";

const { values } = parseArgs({
  options: {
    /** How many seeds to play. */
    seeds: { type: "string", default: "1000" },
    /** The first of them. */
    from: { type: "string", default: "1" },
    /** Only this one. */
    seed: { type: "string" },
    /** Print everything that happened. */
    trace: { type: "boolean", default: false },
    /** Go on after a failure. */
    all: { type: "boolean", default: false },
    /** Where rows are: `memory`, `shared`, `sqlite`, `postgres` or `busy`. */
    on: { type: "string", default: "memory" },
    /** A PostgreSQL; default: one is started. */
    "database-url": { type: "string" },
  },
});

const on = playgroundNames.find((name) => name === values.on);
if (on === undefined) throw new Error(`--on must be one of ${playgroundNames.join(", ")}`);
const playground = await Playground.open(on, values["database-url"]);

async function reportOf(seed: string): Promise<SimulationReport> {
  return simulate(seed, { ground: await playground.ground() });
}

function print(report: SimulationReport): void {
  if (values.trace) for (const line of report.journal) console.log(line);
  for (const { invariant, message } of report.violations)
    console.log(`seed ${report.seed}: ${invariant}: ${message}`);
}

async function playOne(seed: string): Promise<boolean> {
  const report = await reportOf(seed);
  print(report);
  if (values.trace)
    console.log(JSON.stringify({ scenario: report.scenario, program: report.program }, null, 1));
  const { runs, steps, commits, events, crashes, virtualMs, digest } = report;
  console.log(JSON.stringify({ seed, runs, steps, commits, events, crashes, virtualMs, digest }));
  return report.violations.length === 0;
}

async function playMany(count: number, from: number): Promise<boolean> {
  const total = { seeds: 0, runs: 0, steps: 0, commits: 0, events: 0, crashes: 0, failures: 0 };
  const startedAt = Date.now();
  for (let seed = from; seed < from + count; seed++) {
    const report = await reportOf(String(seed));
    total.seeds++;
    for (const key of ["runs", "steps", "commits", "events", "crashes"] as const) total[key] += report[key];
    if (report.violations.length === 0) continue;
    total.failures++;
    print(report);
    if (!values.all) {
      console.log(`repeat with: node internal/simulator/dist/main.js --on ${on} --seed ${seed} --trace`);
      break;
    }
  }
  console.log(JSON.stringify({ ...total, seconds: (Date.now() - startedAt) / 1_000 }));
  return total.failures === 0;
}

const isSound =
  values.seed === undefined
    ? await playMany(Number(values.seeds), Number(values.from))
    : await playOne(values.seed);
await playground.close();
process.exitCode = isSound ? 0 : 1;
