import { judge } from "../campaign/checks/index.ts";
import type { Evidence } from "../campaign/evidence.ts";
import { countHits, type Hits, type Kill } from "./kill.ts";

export interface CrashEvidence extends Evidence {
  kills: Kill[];
}

export interface Report extends Hits {
  kills: number;
  /** Of them, before the process was ready. */
  early: number;
  acknowledged: number;
  cancelled: number;
  /** How often the API was asked, in between, what is recorded. */
  sightings: number;
  events: number;
  runs: number;
  /** Steps whose body was executed. */
  steps: number;
  executions: number;
  /** Executions cut off in the middle. */
  cutOff: number;
  /** Executions that ended, were not recorded before a kill, and so came again. */
  unrecorded: number;
  problems: string[];
}

export function reportOn(evidence: CrashEvidence): Report {
  const { kills, courier, executions, events, runs } = evidence;
  const steps = new Set(executions.map(({ runId, step }) => `${runId} ${step}`));
  const attempts = new Set(executions.map(({ runId, step, attempt }) => `${runId} ${step} ${attempt}`));
  const cutOff = executions.filter(({ endedAt }) => endedAt === undefined).length;
  return {
    kills: kills.length,
    early: kills.filter(({ isEarly }) => isEarly).length,
    ...countHits(kills, executions),
    acknowledged: courier.receipts.length,
    cancelled: courier.cancellations.length,
    sightings: courier.sightings.length,
    events: events.length,
    runs: runs.length,
    steps: steps.size,
    executions: executions.length,
    cutOff,
    unrecorded: executions.length - attempts.size - cutOff,
    problems: judge(evidence),
  };
}
