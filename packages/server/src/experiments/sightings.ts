import type { JsonObject } from "@stepfast/protocol";
import type { RunFilter, RunRow, Store } from "@stepfast/store";
import type { TimeSpan } from "../search/recent.ts";
import { type NoteSum, sumNotes } from "../views/metadata.ts";

/** Runs looked at in answer to one request: the newest. */
export const EXPERIMENT_RUNS = 1_000;
const PER_FETCH = 100;
const KIND = "inngest.experiment";

/** An experiment as one run saw it. */
export interface Sighting {
  run: RunRow;
  name: string;
  variant: string;
  strategy: string | null;
  variants: string[];
  weights: Record<string, number>;
  /** By name. */
  scores: Map<string, number>;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** What a note says of scores: one of `score:<name>`, or several by name (PROTOCOL §5). */
function scoresIn({ kind, values }: NoteSum): [string, Record<string, unknown>][] {
  if (kind.startsWith("score:")) return [[kind.slice("score:".length), values]];
  if (kind !== "inngest.score") return [];
  return Object.entries(values).map(([name, score]) => [name, recordOf(score)]);
}

interface Choice {
  name: string;
  variant: string;
  values: JsonObject;
}

function choiceIn({ kind, values }: NoteSum): Choice[] {
  const { name, variant } = values;
  return kind === KIND && typeof name === "string" && typeof variant === "string"
    ? [{ name, variant, values }]
    : [];
}

const isSame = (a: Omit<Choice, "values">, b: Omit<Choice, "values">) =>
  a.name === b.name && a.variant === b.variant;

/** Scores that are about what was chosen: those that say so, by themselves or their step, and those of the run that say nothing. */
function scoresOf(notes: NoteSum[], choice: Choice): Map<string, number> {
  const scores = new Map<string, number>();
  for (const note of notes) {
    const ofStep = notes.filter(({ stepId }) => stepId === note.stepId && stepId !== "").flatMap(choiceIn);
    if (ofStep.length > 0 && !ofStep.some((one) => isSame(one, choice))) continue;
    for (const [key, { value, experiment }] of scoresIn(note)) {
      const { id, variant } = recordOf(experiment);
      const isOther = variant !== undefined && (id !== choice.name || variant !== choice.variant);
      const number = numberOf(value);
      if (number !== undefined && !isOther) scores.set(key, number);
    }
  }
  return scores;
}

function sightingsIn(run: RunRow, notes: NoteSum[]): Sighting[] {
  const choices = notes.flatMap(choiceIn);
  // Scores repeat what was chosen, without the circumstances: it is one choice.
  const distinct = choices.filter((one, at) => choices.findIndex((other) => isSame(one, other)) === at);
  return distinct.map((choice) => {
    const { available_variants: all, variant_weights: weights, selection_strategy: strategy } = choice.values;
    const numbers = Object.entries(recordOf(weights)).flatMap(([key, weight]) => {
      return typeof weight === "number" ? [[key, weight] as const] : [];
    });
    return {
      run,
      name: choice.name,
      variant: choice.variant,
      strategy: typeof strategy === "string" ? strategy : null,
      variants: Array.isArray(all) ? all.filter((one) => typeof one === "string") : [],
      weights: Object.fromEntries(numbers),
      scores: scoresOf(notes, choice),
    };
  });
}

/** What the newest runs of the span saw of experiments, the newest first. */
export async function experimentSightings(
  store: Store,
  { from, until }: TimeSpan,
  functionIds?: string[],
): Promise<Sighting[]> {
  const filter: RunFilter = {
    from,
    until,
    order: "desc",
    limit: PER_FETCH,
    ...(functionIds && { functionIds }),
  };
  const found: Sighting[] = [];
  let cursor: string | undefined;
  for (let seen = 0; seen < EXPERIMENT_RUNS; seen += PER_FETCH) {
    const runs = await store.listRuns(cursor === undefined ? filter : { ...filter, cursor });
    const notes = await Promise.all(runs.map(({ id }) => store.listMetadata(id)));
    for (const [index, run] of runs.entries()) found.push(...sightingsIn(run, sumNotes(notes[index] ?? [])));
    if (runs.length < PER_FETCH) break;
    cursor = runs.at(-1)?.id;
  }
  return found;
}
