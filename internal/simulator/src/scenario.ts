import type { Dice } from "./dice.ts";
import { type Faults, noFaults } from "./faults.ts";
import type { EngineSettings } from "./node.ts";

/** Everything a seed decides before the first event. */
export interface Scenario {
  /** `calm`: nothing fails. `one`: a node that is started again after it died. `two`: two nodes on one store. */
  cluster: "calm" | "one" | "two";
  faults: Faults;
  settings: EngineSettings;
  /** How long faults and requests go on, virtual milliseconds. */
  chaosMs: number;
  /** Somebody cancels, pauses, repeats and limits what is there. */
  hasOperator: boolean;
}

const EVENTS_MS = 100_000;

export function scenarioOf(dice: Dice): Scenario {
  const cluster = dice.pick(["calm", "one", "one", "one", "two", "two"] as const);
  const scenario: Scenario = {
    cluster,
    faults: cluster === "calm" ? noFaults : faultsOf(dice, cluster),
    settings: settingsOf(dice),
    chaosMs: dice.pick([5_000, 20_000, 60_000]),
    hasOperator: false,
  };
  // Of its own: what else a seed plays stays as it was before there were operators.
  operate(scenario, dice.fork("operator"));
  return scenario;
}

function operate(scenario: Scenario, dice: Dice): void {
  scenario.hasOperator = dice.chance(0.6);
  if (!scenario.hasOperator) return;
  scenario.settings.portion = dice.pick([1, 2, 3, 100]);
  if (!dice.chance(0.3)) return;
  // Events stay for as long as requests are repeated: they are what tells that a request was carried out.
  const some = () => dice.pick([0, 500, 5_000, null]);
  const byStatus = { completed: some(), failed: some(), cancelled: some(), skipped: some() };
  scenario.settings.retention = { keepMs: EVENTS_MS, byStatus, everyMs: dice.pick([8_000, 60_000]) };
}

/** Each kind of fault is off, rare or frequent, so that each is also seen without the others. */
function faultsOf(dice: Dice, cluster: "one" | "two"): Faults {
  const some = (rare: number, frequent: number) => dice.pick([0, rare, rare, frequent]);
  return {
    crash: some(0.004, 0.03),
    storeError: some(0.01, 0.08),
    slowStore: some(0.01, 0.05),
    lostCall: some(0.02, 0.15),
    doubledCall: some(0.03, 0.2),
    lateCall: some(0.02, 0.15),
    doubledCheckpoint: some(0.05, 0.3),
    appCrash: some(0.01, 0.08),
    zombie: cluster === "two" ? some(0.02, 0.1) : 0,
  };
}

function settingsOf(dice: Dice): EngineSettings {
  return {
    leaseMs: dice.pick([3_000, 6_000, 15_000]),
    pollMs: dice.pick([500, 1_000, 5_000]),
    maxHotRuns: dice.pick([1, 2, 5, 1_000, 1_000, 1_000]),
    retryIntervalMs: dice.pick([0, 50, 1_000, 5_000, undefined]),
  };
}
