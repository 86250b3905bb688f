import { StepfastError } from "@stepfast/protocol";
import type { StepRow, Store } from "@stepfast/store";
import type { z } from "zod";
import type { ServerDeps } from "../deps.ts";
import { Shelf } from "../documents/shelf.ts";
import { runNotFound } from "../routes/lookup.ts";
import type { metadataUpdate } from "../schemas/metadata.ts";
import { isoText } from "../views/envelope.ts";
import type { RunMetadata } from "../views/metadata.ts";

type Update = z.output<typeof metadataUpdate>;
type Change = Update["metadata"][number];
type Values = Record<string, unknown>;

/** What was noted of one kind about one thing. */
export interface Note {
  scope: RunMetadata["scope"];
  /** Hash of the step; "" for the run. */
  stepId: string;
  /** Of a step's attempt. */
  attempt: number | null;
  kind: string;
  values: Values;
  updatedAt: number;
}

const MAX_BYTES = 65_536;

export function metadataShelf(store: Store): Shelf<Note[]> {
  return new Shelf(store, "run-metadata");
}

function sum(before: unknown, added: unknown): unknown {
  return typeof before === "number" && typeof added === "number" ? before + added : added;
}

function changed(before: Values, { op, values }: Change): Values | undefined {
  if (op === "set") return values;
  if (op === "merge") return { ...before, ...values };
  if (op === "add") {
    const sums = Object.entries(values).map(([key, value]) => [key, sum(before[key], value)]);
    return { ...before, ...Object.fromEntries(sums) };
  }
  const names = new Set(Object.keys(values));
  if (names.size === 0) return undefined;
  return Object.fromEntries(Object.entries(before).filter(([key]) => !names.has(key)));
}

type Place = Pick<Note, "scope" | "stepId" | "attempt">;

function apply(notes: Note[], place: Place, change: Change, updatedAt: number): Note[] {
  const isMeant = (note: Note) =>
    note.kind === change.kind && note.stepId === place.stepId && note.attempt === place.attempt;
  const values = changed(notes.find(isMeant)?.values ?? {}, change);
  const others = notes.filter((note) => !isMeant(note));
  return values === undefined ? others : [...others, { ...place, kind: change.kind, values, updatedAt }];
}

function stepNamed(steps: StepRow[], name: string, index: number): StepRow | undefined {
  return steps.find((step) => step.stepId === name) ?? steps.filter((step) => step.userId === name)[index];
}

async function placeOf(runId: string, { target }: Update, { store }: ServerDeps): Promise<Place> {
  const loaded = await store.loadRun(runId);
  if (!loaded) throw runNotFound(runId);
  // A span's id is the run's, the step's and the attempt's, with dots between.
  const [, spanStep, spanAttempt] = target.span_id?.split(".") ?? [];
  const name = target.step_id ?? spanStep;
  if (name === undefined) return { scope: "run", stepId: "", attempt: null };
  const step = stepNamed(loaded.steps, name, target.step_index ?? 0);
  // A step tells of itself while it runs, before the run has heard of it: it is then known by its hash.
  const stepId = step?.stepId ?? name;
  const attempt = target.step_attempt ?? (spanAttempt === undefined ? null : Number(spanAttempt));
  return { scope: attempt === null ? "step" : "step_attempt", stepId, attempt };
}

function checkSize(notes: Note[]): void {
  if (Buffer.byteLength(JSON.stringify(notes)) <= MAX_BYTES) return;
  throw new StepfastError("state_too_large", `A run's metadata has at most ${MAX_BYTES} bytes: note less`);
}

export function metadataView({ scope, kind, values, updatedAt }: Note): RunMetadata {
  return { scope, kind, values, updatedAt: isoText(updatedAt) };
}

/** Notes it durably; what is then noted about the same run, step or attempt. Throws `run_not_found`, `state_too_large`. */
export async function noteMetadata(runId: string, update: Update, deps: ServerDeps): Promise<RunMetadata[]> {
  const place = await placeOf(runId, update, deps);
  const now = deps.clock.now();
  const stored = await metadataShelf(deps.store).change(runId, now, (before = []) => {
    const notes = update.metadata.reduce((all, change) => apply(all, place, change, now), before);
    checkSize(notes);
    return notes;
  });
  const notes = stored?.body ?? [];
  const isMeant = (note: Note) => note.stepId === place.stepId && note.attempt === place.attempt;
  return notes.filter(isMeant).map(metadataView);
}
