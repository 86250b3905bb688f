import type { Blocker } from "@stepfast/engine";
import type { EventRow, FunctionRow, RunRow } from "@stepfast/store";
import type { z } from "zod";
import type { run as runSchema, runV1 as runV1Schema } from "../schemas/run.ts";
import { isoText, isoTime, parsed } from "./envelope.ts";
import { ONLY_TENANT } from "./event.ts";
import { type ForkFacts, forkView } from "./fork.ts";
import { blockerView } from "./limit.ts";
import type { WaitingFor } from "./waiting.ts";

type RunView = z.input<typeof runSchema>;

/** `queued` as v1 writes it: `Queued`. */
function statusV1(run: RunRow): string {
  return run.status.charAt(0).toUpperCase() + run.status.slice(1);
}

/** `queued` as v2 writes it: `QUEUED`. */
export function statusV2(run: RunRow): RunView["status"] {
  return run.status.toUpperCase() as RunView["status"];
}

export function eventIdsOf(run: RunRow): string[] {
  return run.eventIds === null ? [run.eventId] : JSON.parse(run.eventIds);
}

/** A run of the v1 API (SERVER §4.2). */
export function runViewV1(
  run: RunRow,
  facts: { fn?: FunctionRow | undefined; event?: EventRow | undefined },
): z.input<typeof runV1Schema> {
  const view: z.input<typeof runV1Schema> = {
    run_id: run.id,
    run_started_at: isoText(run.startedAt ?? run.queuedAt),
    function_id: run.functionId,
    function_version: facts.fn?.version ?? 1,
    environment_id: ONLY_TENANT,
    event_id: run.eventId,
    status: statusV1(run) as z.input<typeof runV1Schema>["status"],
    ended_at: isoTime(run.endedAt),
    output: parsed(run.output),
  };
  const cron = cronOf(run, facts.event);
  if (run.eventIds !== null) view.batch_id = run.eventId;
  if (run.originalRunId !== null) view.original_run_id = run.originalRunId;
  if (cron !== null) view.cron = cron;
  if (run.parentRunId !== null) view.parent_run_id = run.parentRunId;
  return view;
}

function cronOf(run: RunRow, event: EventRow | undefined): string | null {
  if (run.origin !== "cron" || !event) return null;
  const data: { cron?: unknown } = JSON.parse(event.data);
  return typeof data.cron === "string" ? data.cron : null;
}

/** The run that invoked or deferred this one; null for a run of its own. */
export function parentView(run: RunRow): RunView["parent"] {
  if (run.parentRunId === null) return null;
  return { runId: run.parentRunId, stepId: run.parentStepId, origin: run.origin };
}

export interface RunFactsV2 {
  functionName: string;
  event?: EventRow | undefined;
  includeOutput: boolean;
  waiting?: WaitingFor[];
  blocker?: Blocker | null;
  rollback?: RunView["rollback"] | undefined;
  fork?: ForkFacts;
}

function triggerView(run: RunRow, event: EventRow | undefined): RunView["trigger"] {
  return {
    eventIds: eventIdsOf(run),
    eventName: event?.name ?? null,
    isBatch: run.eventIds !== null,
    batchId: run.eventIds === null ? null : run.eventId,
    cronSchedule: cronOf(run, event),
  };
}

/** A run of the v2 API (SERVER §4.4), with what it waits for and the run it belongs to. */
export function runViewV2(run: RunRow, facts: RunFactsV2): RunView {
  const view: RunView = {
    id: run.id,
    function: { id: run.functionId, name: facts.functionName },
    app: { id: run.appId },
    status: statusV2(run),
    origin: run.origin,
    queuedAt: isoText(run.queuedAt),
    startedAt: isoTime(run.startedAt),
    endedAt: isoTime(run.endedAt),
    durationMs: run.endedAt === null ? null : run.endedAt - (run.startedAt ?? run.queuedAt),
    trigger: triggerView(run, facts.event),
    parent: parentView(run),
    originalRunId: run.originalRunId,
    fork: forkView(run, facts.fork),
    cancelRequested: run.cancel === null ? null : cancelView(run.cancel),
  };
  if (facts.rollback) view.rollback = facts.rollback;
  if (facts.waiting) view.waiting = facts.waiting;
  if (facts.blocker !== undefined) view.blocker = facts.blocker && blockerView(facts.blocker);
  if (facts.includeOutput) view.output = parsed(run.output);
  return view;
}

function cancelView(text: string): RunView["cancelRequested"] {
  const cancel: { at?: number; reason?: string } = JSON.parse(text);
  return { at: isoTime(cancel.at ?? null), reason: cancel.reason ?? null };
}
