import { type JsonObject, StepfastError } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";

type Options = JsonObject & { editedInput?: unknown[]; type?: string };

function optionsOf({ opts }: StepRow): Options {
  return opts === null ? {} : (JSON.parse(opts) as Options);
}

/** What replaces the input of a step that a rerun has planned; undefined: nothing does. */
export function editedInput(step: StepRow): unknown[] | undefined {
  if (step.opts === null || !step.opts.includes('"editedInput"')) return undefined;
  return optionsOf(step).editedInput;
}

const WAITS: ReadonlySet<string> = new Set(["Sleep", "WaitForEvent", "WaitForSignal"]);

/** Why the step cannot be given input; undefined: it can. */
function hindrance(step: StepRow, input: unknown[]): string | undefined {
  if (WAITS.has(step.op)) return "it only waits";
  if (step.op === "InvokeFunction")
    return "what it invokes gets its data from the code: rerun the invoked run";
  if (step.op === "Gateway") return "its request is made as the code says";
  if (step.op === "AIGateway") {
    const [body] = input;
    const isBody = typeof body === "object" && body !== null && !Array.isArray(body);
    return isBody && input.length === 1 ? undefined : "but one object: members for the body of its request";
  }
  const { type = "step.ai.wrap" } = optionsOf(step);
  return type === "step.ai.wrap" ? undefined : `a ${type} does what the code says`;
}

/** Throws `invalid_request` for a step that would not heed the input. */
export function refuseInput(step: StepRow, input: unknown[]): void {
  const why = hindrance(step, input);
  if (why === undefined) return;
  throw new StepfastError("invalid_request", `The step "${step.name}" takes no input: ${why}`);
}

/** The step as if it had just been planned, with this input. */
export function editedStep(
  step: StepRow,
  { input, runId, no, now }: { input: unknown[]; runId: string; no: number; now: number },
): StepRow {
  const before = optionsOf(step);
  const opts: Options = { ...before, editedInput: input as Options[string][] };
  // The request is made by the engine's side: there is no code that would put the input in its place.
  if (step.op === "AIGateway") opts.body = { ...(before.body as JsonObject), ...(input[0] as JsonObject) };
  return {
    ...step,
    runId,
    no,
    opts: JSON.stringify(opts),
    status: "planned",
    attempt: 0,
    dueAt: null,
    output: null,
    settledNo: null,
    queuedAt: now,
    startedAt: null,
    endedAt: null,
    childRunId: null,
  };
}
