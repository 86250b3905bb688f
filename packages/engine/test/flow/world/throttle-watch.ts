import type { ChangeSet } from "@stepfast/store";
import { parseFlow, type RunFlow } from "../../../src/domain/flow/run-flow.ts";

export interface ThrottleRule {
  limit: number;
  burst: number;
  periodMs: number;
}

/** Learns from commits when runs were let through their throttle. */
export class ThrottleWatch {
  readonly #flows = new Map<string, RunFlow>();
  readonly #starts = new Map<string, number[]>();

  see(changes: ChangeSet, nowMs: number): void {
    for (const run of changes.newRuns ?? []) this.#learn(run.id, run.flow, nowMs);
    for (const { runId, kind } of changes.messages ?? []) if (kind === "slot") this.#start(runId, nowMs);
    for (const run of changes.runs ?? []) if (run.flow) this.#learn(run.id, run.flow, nowMs);
  }

  #learn(runId: string, text: string | null, nowMs: number): void {
    const flow = parseFlow(text);
    if (!flow?.throttle) return;
    const before = this.#flows.get(runId);
    this.#flows.set(runId, before?.started ? { ...flow, started: true } : { ...flow, started: false });
    if (flow.started) this.#start(runId, nowMs);
  }

  #start(runId: string, nowMs: number): void {
    const flow = this.#flows.get(runId);
    if (!flow?.throttle || flow.started) return;
    flow.started = true;
    this.#starts.set(flow.throttle, [...(this.#starts.get(flow.throttle) ?? []), nowMs]);
  }

  /** `limit + burst` at once, then one more for each part of the period: no stretch of time has more. */
  *excesses(ruleOf: (gateId: string) => ThrottleRule | undefined): Generator<string> {
    for (const [gate, starts] of this.#starts) {
      const rule = ruleOf(gate);
      if (!rule) {
        yield `${gate} is of no function`;
        continue;
      }
      const eachMs = rule.periodMs / rule.limit;
      for (const [first, from] of starts.entries()) {
        for (const [last, until] of starts.entries()) {
          const most = rule.limit + rule.burst + Math.floor((until - from) / eachMs);
          if (last >= first && last - first + 1 > most) {
            yield `${gate} let ${last - first + 1} start within ${until - from} ms, not ${most}`;
            return;
          }
        }
      }
    }
  }
}
