import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@stepfast/protocol";
import type { Span } from "@stepfast/server";
import type { ApiRun } from "../api.ts";
import { type Evidence, groupBy } from "../evidence.ts";
import { stepsOf } from "../record.ts";
import type { Outcome } from "../scenario.ts";
import { AUDITOR } from "../scenarios/audit.ts";

const audited: Outcome = { status: "COMPLETED", seen: ["audit"] };

/** Every run ended as it must, its output made of what its steps recorded, with the children it must have. */
export function* checkEnds(evidence: Evidence): Generator<string> {
  const dataOf = new Map(evidence.events.map((event) => [event.internal_id, event.data]));
  const children = groupBy(evidence.runs, (run) => run.parent?.runId ?? "");
  for (const run of evidence.runs) {
    const data = dataOf.get(run.trigger.eventIds[0] ?? "") ?? {};
    const outcome = outcomesOf(evidence, run, data).find(({ status }) => status === run.status);
    if (!outcome) {
      yield `${title(run)} is ${run.status}: ${JSON.stringify(run.output)}`;
      continue;
    }
    yield* checkOutput(run, outcome, stepsOf(evidence.traces.get(run.id)));
    yield* checkChildren(run, outcome, children.get(run.id) ?? []);
  }
  yield* checkAnnouncements(evidence);
}

function title(run: ApiRun): string {
  return `run ${run.id} of ${run.function.id}`;
}

function outcomesOf({ scenarios }: Evidence, run: ApiRun, data: JsonObject): Outcome[] {
  if (run.function.id === AUDITOR) return [audited];
  for (const { outcomes } of scenarios) {
    const made = outcomes[run.function.id]?.(data);
    if (made) return [made].flat();
  }
  return [];
}

function* checkOutput(run: ApiRun, outcome: Outcome, steps: Map<string, Span>): Generator<string> {
  if (outcome.status === "CANCELLED" || (outcome.status === "FAILED" && outcome.failedBy === undefined))
    return;
  if (outcome.failedBy !== undefined) {
    const message = (run.output as { message?: string } | null)?.message;
    const failure = steps.get(outcome.failedBy)?.error?.message;
    if (message === undefined || message !== failure)
      yield `${title(run)} failed with another error: ${message}`;
    return;
  }
  const recorded = Object.fromEntries((outcome.seen ?? []).map((name) => [name, resultOf(steps.get(name))]));
  if (!isDeepStrictEqual(run.output, recorded))
    yield `${title(run)} saw ${JSON.stringify(run.output)} but recorded is ${JSON.stringify(recorded)}`;
}

/** What the function saw of a step, as these functions write it into their output. */
function resultOf(span: Span | undefined): unknown {
  if (span?.status === "FAILED") return { failed: span.error?.message };
  return span?.status === "COMPLETED" ? (span.output ?? null) : "no result";
}

function* checkChildren(run: ApiRun, outcome: Outcome, children: ApiRun[]): Generator<string> {
  const actual = countBy(children.map((child) => child.function.id));
  const expected = outcome.children ?? {};
  if (isDeepStrictEqual(actual, expected)) return;
  yield `${title(run)} has the children ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}

function countBy(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** One `function.finished` a run, but for runs that such events start. */
function* checkAnnouncements({ events, runs }: Evidence): Generator<string> {
  const finished = events.filter((event) => event.name === "inngest/function.finished");
  const byRun = groupBy(finished, (event) => String(event.data.run_id));
  for (const run of runs) {
    const isSilent = run.trigger.eventName?.startsWith("inngest/function.f") === true;
    const count = byRun.get(run.id)?.length ?? 0;
    if (count !== (isSilent ? 0 : 1)) yield `${title(run)} announced its end ${count} times`;
  }
}
