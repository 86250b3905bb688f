import { createHash } from "node:crypto";
import { Dice } from "./dice.ts";
import type { Violation } from "./journal.ts";
import { installVirtualGlobals } from "./virtual-globals.ts";
import { World, type WorldOptions } from "./world.ts";

/** What a simulation came to. */
export interface SimulationReport {
  seed: string;
  violations: Violation[];
  /** Digest of everything that happened: equal for equal seeds. */
  digest: string;
  journal: string[];
  events: number;
  commits: number;
  steps: number;
  runs: number;
  crashes: number;
  virtualMs: number;
  scenario: World["scenario"];
  program: World["program"];
}

/** Plays one seed. One at a time in a process: it takes the place of the clock and of chance. */
export async function simulate(seed: string, options: WorldOptions = {}): Promise<SimulationReport> {
  const world = new World(seed, options);
  const restore = installVirtualGlobals(world.loop, new Dice(`${seed}/globals`));
  const startMs = world.loop.exactNow;
  try {
    await world.play();
  } finally {
    restore();
  }
  const { journal, history, loop, crashes, scenario, program } = world;
  return {
    seed,
    violations: journal.violations,
    digest: createHash("sha256").update(journal.lines.join("\n")).digest("hex"),
    journal: journal.lines,
    events: loop.eventCount,
    commits: history.commits,
    steps: history.settled.size,
    runs: history.runs.size,
    crashes,
    virtualMs: loop.exactNow - startMs,
    scenario,
    program,
  };
}
