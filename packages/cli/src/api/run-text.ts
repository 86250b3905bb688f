import type { components } from "@stepfast/client";
import { plain, shortDuration, shortTime, table } from "./table.ts";

type Run = components["schemas"]["Run"];
type Trace = components["schemas"]["Trace"];
type Span = components["schemas"]["Span"];

const LABEL_WIDTH = 10;
const MAX_VALUE = 2_000;

export function runsTable(runs: Run[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.status,
    run.function.id,
    run.trigger.eventName,
    shortTime(run.queuedAt),
    shortDuration(run.durationMs),
  ]);
  return runs.length === 0
    ? "No runs"
    : table(["RUN", "STATUS", "FUNCTION", "EVENT", "QUEUED", "TOOK"], rows);
}

function row(label: string, value: string): string {
  return `${`${label}:`.padEnd(LABEL_WIDTH)} ${plain(value)}`;
}

/** Attempts are counted from 1, as in all other texts for people. */
function nameOf({ name, stepOp, userland }: Span): string {
  const isAttempt = stepOp === null && userland === undefined;
  const [, number] = (isAttempt && /^Attempt (\d+)$/.exec(name)) || [];
  return number === undefined ? name : `Attempt ${Number(number) + 1}`;
}

const OPEN = new Set<Span["status"]>(["QUEUED", "RUNNING", "WAITING"]);

function spanLines(span: Span, depth: number): string[] {
  const error = span.error ? `  ${span.error.name}: ${span.error.message}` : "";
  const until = span.wait?.until && OPEN.has(span.status) ? `  until ${shortTime(span.wait.until)}` : "";
  const line = `${"  ".repeat(depth)}${span.status.padEnd(9)} ${nameOf(span)}  ${shortDuration(span.durationMs)}`;
  const kept = span.keptFrom === undefined ? "" : `  kept from ${span.keptFrom}`;
  const begins = span.isForkPoint ? "  <- begins here" : "";
  // A single attempt tells nothing that its step does not.
  const children = span.children.length > 1 ? span.children : [];
  return [
    plain(`${line}${until}${kept}${begins}${error}`),
    ...children.flatMap((child) => spanLines(child, depth + 1)),
  ];
}

const outcomes = {
  ROLLING_BACK: "rolling back",
  ROLLED_BACK: "rolled back",
  INCOMPLETE: "rollback incomplete",
};

/** `FAILED, rolled back`. */
function statusText({ status, rollback }: Run): string {
  return rollback ? `${status}, ${outcomes[rollback.status]}` : status;
}

/** An error as a terminal knows it, with its stack; undefined: it is none. */
function errorText(output: unknown): string | undefined {
  const { name, message, stack } = output as { name?: unknown; message?: unknown; stack?: unknown };
  if (typeof message !== "string") return undefined;
  if (typeof stack === "string" && stack.includes(message)) return stack;
  return `${typeof name === "string" ? name : "Error"}: ${message}`;
}

function outputLines({ status, output }: Run): string[] {
  if (output === undefined || output === null) return [];
  const text = (status !== "COMPLETED" && errorText(output)) || JSON.stringify(output, null, 2);
  const shown = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}… (--json shows all of it)` : text;
  return ["", status === "COMPLETED" ? "Output:" : "Error:", ...shown.split("\n").map(plain)];
}

type ForkStep = NonNullable<Run["fork"]>["fromStep"];

/** `from step "charge", with other input, 2 steps kept` */
function forkText({
  by,
  job,
  fromStep,
  keptSteps,
}: {
  by: string;
  job: string | null;
  fromStep: ForkStep;
  keptSteps: number;
}): string {
  const how = job === null ? by : `${by} ${job}`;
  if (fromStep === null) return how;
  const input = fromStep.edited ? ", with other input" : "";
  return `${how} from step "${fromStep.name}"${input}, ${keptSteps} ${keptSteps === 1 ? "step" : "steps"} kept`;
}

function repeatsText(fork: NonNullable<Run["fork"]>): string {
  const { of, original } = fork;
  const gone = of.status === null ? " (deleted by retention)" : "";
  const first = original.runId === of.runId ? "" : `, first ${original.runId}`;
  return `${of.runId}${gone}${first}  ${forkText(fork)}`;
}

function forkLines({ forks, hasMoreForks }: Trace): string[] {
  const lines = forks.map((fork) => plain(`  ${fork.status.padEnd(9)} ${fork.runId}  ${forkText(fork)}`));
  return hasMoreForks ? [...lines, "  … `stepfast runs list --original` lists all"] : lines;
}

/** Why it does not go on, and which runs are in its way. */
function blockerRows({ message, gate }: NonNullable<Run["blocker"]>): string[] {
  const holders = gate?.holders.map(({ runId }) => runId) ?? [];
  return [row("Blocked", message), ...(holders.length > 0 ? [row("Held by", holders.join(" "))] : [])];
}

/** A run, its steps and its output, for people. */
export function runText({ run, trace }: { run: Run; trace: Trace }): string {
  const { trigger, parent, cancelRequested } = run;
  const steps = trace.rootSpan.children.flatMap((span) => spanLines(span, 1));
  const forks = forkLines(trace);
  const defers = trace.defers.map((defer) => `  ${defer.status.padEnd(9)} ${plain(defer.id)}`);
  return [
    row("Run", run.id),
    row("Function", `${run.function.name} (${run.function.id})`),
    row("Status", statusText(run)),
    row("Event", `${trigger.eventName ?? run.origin}  ${trigger.eventIds.join(" ")}`),
    row("Queued", shortTime(run.queuedAt)),
    row("Started", shortTime(run.startedAt)),
    row("Ended", `${shortTime(run.endedAt)}  ${shortDuration(run.durationMs)}`),
    ...(parent ? [row("Parent", `${parent.runId} (${parent.origin})`)] : []),
    ...(run.fork ? [row("Repeats", repeatsText(run.fork))] : []),
    ...(cancelRequested ? [row("Cancelled", cancelRequested.reason ?? "")] : []),
    ...(run.blocker ? blockerRows(run.blocker) : []),
    ...(steps.length > 0 ? ["", "Steps:", ...steps] : []),
    ...(defers.length > 0 ? ["", "Defers:", ...defers] : []),
    ...(forks.length > 0 ? ["", "Repeated by:", ...forks] : []),
    ...outputLines(run),
  ].join("\n");
}
