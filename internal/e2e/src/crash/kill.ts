import type { Execution } from "../campaign/ledger.ts";

/** A life of the process that ended by SIGKILL: the part of the ledger that was written in it. */
export interface Kill {
  fromByte: number;
  /** Not included. */
  toByte: number;
  /** It came before the process was ready. */
  isEarly: boolean;
}

/** What the kills hit, as the ledger shows it. */
export interface Hits {
  /** Kills after which a run went on that had been at work in the killed life. */
  interrupting: number;
  /** Kills that came while the body of a step was being executed. */
  insideStep: number;
}

export function countHits(kills: Kill[], executions: Execution[]): Hits {
  const lastBegin = new Map(executions.map(({ runId, begunAt }) => [runId, begunAt]));
  const hits: Hits = { interrupting: 0, insideStep: 0 };
  for (const { fromByte, toByte } of kills) {
    const within = executions.filter(({ begunAt }) => begunAt >= fromByte && begunAt < toByte);
    if (within.some(({ runId }) => (lastBegin.get(runId) ?? 0) >= toByte)) hits.interrupting++;
    if (within.some(({ endedAt }) => endedAt === undefined)) hits.insideStep++;
  }
  return hits;
}
