import { hashStepId, type JsonObject } from "@stepfast/protocol";
import type { z } from "zod";
import type { ServerDeps } from "../deps.ts";
import { findRun } from "../routes/lookup.ts";
import type { metadataUpdate, runNote } from "../schemas/metadata.ts";
import { metadataView, type NoteSum, type RunMetadata, sumNotes } from "../views/metadata.ts";

type Update = z.output<typeof metadataUpdate>;

const STEP_HASH = /^[0-9a-f]{40}$/;

/** What is meant: the run, a step (by its hash, or as the user wrote it and the how manieth use of that id), an attempt. */
function placeOf({ target }: Update): Pick<NoteSum, "stepId" | "attempt"> {
  // A span's id is the run's, the step's and the attempt's, with dots between.
  const [, spanStep, spanAttempt] = target.span_id?.split(".") ?? [];
  const id = target.step_id || spanStep;
  if (!id) return { stepId: "", attempt: null };
  // A step tells of itself while it runs, before the run has heard of it: its hash is all there is.
  const stepId = STEP_HASH.test(id) ? id : hashStepId(id, target.step_index);
  const attempt = target.step_attempt ?? (spanAttempt === undefined ? null : Math.trunc(Number(spanAttempt)));
  return { stepId, attempt: Number.isSafeInteger(attempt) ? attempt : null };
}

/** Notes it durably; what is then noted about the same run, step or attempt. Throws `run_not_found`, `metadata_too_large`. */
export async function noteMetadata(
  runId: string,
  update: Update,
  deps: Pick<ServerDeps, "engine" | "store">,
): Promise<RunMetadata[]> {
  const place = placeOf(update);
  const notes = update.metadata.map(({ kind, op, values }) => ({ kind, op, values: values as JsonObject }));
  await deps.engine.addMetadata({ runId, ...place, notes });
  const all = sumNotes(await deps.store.listMetadata(runId));
  return all
    .filter(({ stepId, attempt }) => stepId === place.stepId && attempt === place.attempt)
    .map(metadataView);
}

/** All that is noted of a run and its steps. Throws `run_not_found`. */
export async function readNotes(runId: string, { store }: ServerDeps): Promise<z.input<typeof runNote>[]> {
  await findRun(store, runId);
  return sumNotes(await store.listMetadata(runId)).map((note) => {
    const { stepId, attempt } = note;
    return { step_id: stepId === "" ? null : stepId, step_attempt: attempt, ...metadataView(note) };
  });
}
