import { judge } from "../campaign/checks/index.ts";
import type { Evidence } from "../campaign/evidence.ts";
import type { Blow } from "./fault.ts";

export interface ChaosEvidence extends Evidence {
  blows: Blow[];
}

export interface BlowCount {
  count: number;
  hit: number;
  /** Runs that had to be taken over. */
  held: number;
  /** The longest. */
  recoveryMs?: number;
}

export interface ChaosReport {
  blows: number;
  /** By kind. */
  kinds: Record<string, BlowCount>;
  acknowledged: number;
  cancelled: number;
  sightings: number;
  events: number;
  runs: number;
  executions: number;
  /** Promises that were broken. */
  problems: string[];
  /** Nodes that were missed for longer than they may be. A machine with much else to do makes them late, too. */
  late: string[];
}

export function reportOn(evidence: ChaosEvidence): ChaosReport {
  const { blows, courier, executions, events, runs } = evidence;
  return {
    blows: blows.length,
    kinds: countKinds(blows),
    acknowledged: courier.receipts.length,
    cancelled: courier.cancellations.length,
    sightings: courier.sightings.length,
    events: events.length,
    runs: runs.length,
    executions: executions.length,
    problems: [...judge(evidence), ...told(blows.filter(({ isLost }) => isLost))],
    late: told(blows.filter(({ isLate }) => isLate)),
  };
}

function countKinds(blows: Blow[]): Record<string, BlowCount> {
  const kinds: Record<string, BlowCount> = {};
  for (const { kind, hasHit, held, recoveryMs } of blows) {
    kinds[kind] ??= { count: 0, hit: 0, held: 0 };
    const counted = kinds[kind];
    counted.count++;
    counted.hit += hasHit ? 1 : 0;
    counted.held += held;
    if (recoveryMs !== undefined) counted.recoveryMs = Math.max(counted.recoveryMs ?? 0, recoveryMs);
  }
  return kinds;
}

function told(blows: Blow[]): string[] {
  return blows.map(
    ({ kind, whom, held, recoveryMs }) =>
      `${kind} of ${whom}: ${held} runs not recovered before ${recoveryMs} ms`,
  );
}
