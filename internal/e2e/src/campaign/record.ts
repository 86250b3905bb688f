import type { Span, Trace } from "@stepfast/server";
import { undoOf } from "./workshop.ts";

/** The run's steps by name. Every step of these functions has a name of its own. */
export function stepsOf(trace: Trace | undefined): Map<string, Span> {
  const spans = trace?.rootSpan.children ?? [];
  return new Map(spans.filter((span) => span.stepId !== null).map((span) => [nameOf(span), span]));
}

function nameOf({ name, stepOp }: Span): string {
  return stepOp === "ROLLBACK" ? undoOf(name.replace(/ rollback$/, "")) : name;
}

/** What is recorded of a step, by attempt: the message of a failed one, the result of the one that succeeded. */
export function recordedValues(step: Span | undefined): Map<number, string> {
  const values = new Map<number, string>();
  for (const attempt of step?.children ?? []) {
    const number = Number(attempt.id.split(".").at(-1));
    if (attempt.status === "FAILED") values.set(number, attempt.error?.message ?? "");
    else if (attempt.status === "COMPLETED") values.set(number, String(step?.output));
  }
  return values;
}

/** A run's record as the API showed it when the ledger was this long. */
export interface Sighting {
  runId: string;
  ledgerBytes: number;
  /** By step and attempt. */
  recorded: Map<string, Map<number, string>>;
}

export function sightingOf(trace: Trace, ledgerBytes: number): Sighting {
  const steps = [...stepsOf(trace)].map(([name, step]) => [name, recordedValues(step)] as const);
  return { runId: trace.runId, ledgerBytes, recorded: new Map(steps) };
}
