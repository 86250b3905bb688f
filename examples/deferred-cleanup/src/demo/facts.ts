import { type DeferView, hasEnded, type SpanView, type TraceView } from "@stepfast-examples/stage";

/** One thing that has happened in a run. */
export interface Fact {
  /** The same whenever it is read again. */
  key: string;
  mark: "started" | "done" | "failed" | "registered" | "cancelled" | "ended";
  text: string;
  /** ISO time. */
  at: string;
}

/** What a run's trace tells, oldest first. */
export function factsOf({ rootSpan, defers }: TraceView): Fact[] {
  const at = rootSpan.startedAt ?? rootSpan.queuedAt ?? "";
  const started: Fact = { key: "started", mark: "started", text: `${rootSpan.name} started`, at };
  const facts = [
    ...rootSpan.children.flatMap(stepFacts),
    ...defers.map(registration),
    ...defers.flatMap(deferEnd),
  ];
  facts.sort((one, other) => one.at.localeCompare(other.at));
  return hasEnded(rootSpan) ? [started, ...facts, endFact(rootSpan)] : [started, ...facts];
}

function stepFacts(span: SpanView): Fact[] {
  // An attempt of the function's own code stands among its steps: the run's end tells of it.
  if (span.stepOp === null) return [];
  const failed = span.children.filter((attempt) => attempt.status === "FAILED");
  const facts = failed.map((attempt, index) => attemptFact(span, attempt, index + 1));
  const at = span.endedAt ?? "";
  if (span.status === "COMPLETED") {
    facts.push({ key: `${span.name}.done`, mark: "done", text: span.name, at });
  }
  if (span.status === "FAILED") {
    const text = `${span.name} has failed: ${failed.length} attempts, no more`;
    facts.push({ key: `${span.name}.failed`, mark: "failed", text, at });
  }
  return facts;
}

function attemptFact(span: SpanView, attempt: SpanView, number: number): Fact {
  const text = `${span.name}, attempt ${number}: ${attempt.error?.message ?? "failed"}`;
  return { key: `${span.name}.${attempt.name}`, mark: "failed", text, at: attempt.endedAt ?? "" };
}

function registration({ id, queuedAt }: DeferView): Fact {
  return { key: `${id}.registered`, mark: "registered", text: `${id} is registered`, at: queuedAt };
}

function deferEnd({ id, status, queuedAt, endedAt }: DeferView): Fact[] {
  const at = endedAt ?? queuedAt;
  if (status === "ABORTED") {
    return [{ key: `${id}.cancelled`, mark: "cancelled", text: `${id} is cancelled: it will not run`, at }];
  }
  if (status === "STARTED") return [{ key: `${id}.due`, mark: "registered", text: `${id} is due`, at }];
  return [];
}

function endFact({ name, status, error, output, endedAt }: SpanView): Fact {
  const result = error?.message ?? JSON.stringify(output);
  const rest = result === undefined || result === "null" ? "" : `: ${result}`;
  return { key: "ended", mark: "ended", text: `${name} ${status}${rest}`, at: endedAt ?? "" };
}
