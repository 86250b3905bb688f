import { type Json, type JsonObject, limits, type Op, systemEvents } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import type { Draft } from "./draft.ts";
import { isDefer } from "./run-state.ts";
import { isObject, stepOf } from "./step-op.ts";
import { emission } from "./system-event.ts";
import type { Ending } from "./transition.ts";

/** Registers a defer; over a limit it is recorded as rejected and the run goes on (PROTOCOL §5.5). */
export function applyDeferAdd(draft: Draft, op: Op): void {
  if (draft.step(op.id)) return;
  const row = { ...stepOf(draft, op, "scheduled"), startedAt: draft.now };
  const reason = rejection(draft, op, row.opts?.length ?? 0);
  if (reason === null) draft.putStep(row);
  else
    draft.putStep({
      ...row,
      status: "rejected",
      opts: null,
      output: JSON.stringify({ reason }),
      endedAt: draft.now,
    });
}

function rejection(draft: Draft, op: Op, bytes: number): string | null {
  if (typeof op.opts?.fn_slug !== "string" || op.opts.fn_slug === "") return "invalid_opts";
  if (!isObject(op.opts.input ?? {})) return "invalid_input";
  if (draft.defers >= limits.defersPerRun) return "per_run_count";
  if (bytes > limits.deferBytes) return "per_defer_size";
  if (draft.deferBytes + bytes > limits.deferBytes) return "aggregate_size";
  return null;
}

/** Aborts a defer. One that is not known yet is remembered as aborted, so that a late `DeferAdd` changes nothing. */
export function applyDeferAbort(draft: Draft, op: Op): void {
  const target = typeof op.opts?.target_hashed_id === "string" ? op.opts.target_hashed_id : "";
  if (target === "") return;
  const known = draft.step(target);
  if (known && !isDefer(known)) return;
  if (known) {
    if (known.status === "scheduled") draft.putStep({ ...known, status: "aborted", endedAt: draft.now });
    return;
  }
  const userId = typeof op.opts?.id === "string" ? op.opts.id : (op.name ?? target);
  const add: Op = { ...op, id: target, op: "DeferAdd", displayName: userId, userland: { id: userId } };
  draft.putStep({ ...stepOf(draft, add, "aborted"), opts: null, endedAt: draft.now });
}

interface DeferOptions {
  fn_slug: string;
  input?: Json;
  meta?: Json;
  when?: string;
}

/** Starts the defers that are due at this end, in the commit of the end. */
export function startDefers(draft: Draft, ending: Ending): void {
  if (draft.defers === 0) return;
  for (const step of [...draft.allSteps()]) {
    if (!isDefer(step) || step.status !== "scheduled") continue;
    const options = JSON.parse(step.opts ?? "{}") as DeferOptions;
    if (isDue(options.when, ending)) startDefer(draft, step, options);
    else draft.putStep({ ...step, status: "aborted", endedAt: draft.now });
  }
}

function isDue(when: string | undefined, ending: Ending): boolean {
  if (when === "failure") return ending.status === "failed";
  if (when === "cancelled") return ending.status === "cancelled";
  if (when === "success") return ending.status === "completed";
  return true;
}

function startDefer(draft: Draft, step: StepRow, options: DeferOptions): void {
  const { run, fn } = draft.state;
  const runId = draft.context.newId();
  const data: JsonObject = {
    ...(isObject(options.input) ? options.input : {}),
    _inngest: {
      fn_slug: options.fn_slug,
      parent_app_id: fn.appId,
      parent_fn_id: fn.id,
      parent_fn_slug: fn.id,
      parent_run_id: run.id,
    },
  };
  const event: Parameters<typeof emission>[0] = { name: systemEvents.deferredSchedule, data };
  if (isObject(options.meta)) event.meta = options.meta as NonNullable<typeof event.meta>;
  const sent = emission(event, draft.state, draft.context);
  sent.target = {
    functionId: options.fn_slug,
    appId: fn.appId,
    runId,
    origin: "defer",
    parentRunId: run.id,
    parentStepId: step.stepId,
  };
  draft.out.emissions.push(sent);
  draft.putStep({ ...step, status: "started", childRunId: runId, endedAt: draft.now });
}
