import type { z } from "zod";
import type { experiment, experimentDetail } from "../schemas/experiment.ts";
import { isoText } from "../views/envelope.ts";
import type { Sighting } from "./sightings.ts";

type Detail = z.input<typeof experimentDetail>;

/** All variants that are known: those to choose from, and those chosen. */
function variantsOf(sightings: Sighting[]): string[] {
  return [...new Set(sightings.flatMap(({ variant, variants }) => [...variants, variant]))].sort();
}

function factsOf(sightings: [Sighting, ...Sighting[]]) {
  const [latest] = sightings;
  const times = sightings.map(({ run }) => run.queuedAt);
  return {
    id: latest.name,
    function: { id: latest.run.functionId },
    selectionStrategy: latest.strategy,
    variantCount: variantsOf(sightings).length,
    totalRuns: new Set(sightings.map(({ run }) => run.id)).size,
    firstSeen: isoText(Math.min(...times)),
    lastSeen: isoText(Math.max(...times)),
  };
}

/** Sightings by experiment: a function's of one name. None of the groups is empty. */
function groups(sightings: Sighting[]): [Sighting, ...Sighting[]][] {
  const all = new Map<string, [Sighting, ...Sighting[]]>();
  for (const one of sightings) {
    const key = JSON.stringify([one.run.functionId, one.name]);
    const group = all.get(key);
    if (group) group.push(one);
    else all.set(key, [one]);
  }
  return [...all.values()];
}

/** The experiments that were seen, the last one first. */
export function experimentsOf(sightings: Sighting[]): z.input<typeof experiment>[] {
  return groups(sightings).map((group) => ({ ...factsOf(group), variants: variantsOf(group) }));
}

function metricsOf(sightings: Sighting[]): Detail["variants"][number]["metrics"] {
  const values = new Map<string, number[]>();
  for (const { scores } of sightings) {
    for (const [key, value] of scores) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return [...values].map(([key, all]) => ({
    key,
    avg: all.reduce((sum, value) => sum + value, 0) / all.length,
    min: Math.min(...all),
    max: Math.max(...all),
  }));
}

/** One experiment of a function with what became of each variant; undefined: it was not seen. */
export function experimentOf(sightings: Sighting[], name: string, only?: string): Detail | undefined {
  const [group] = groups(sightings.filter((one) => one.name === name));
  if (!group) return undefined;
  const names = variantsOf(group).filter((variant) => only === undefined || variant === only);
  return {
    ...factsOf(group),
    variants: names.map((variantName) => {
      const chosen = group.filter(({ variant }) => variant === variantName);
      return { variantName, runCount: chosen.length, metrics: metricsOf(chosen) };
    }),
    variantWeights: Object.entries(group[0].weights).map(([variantName, weight]) => ({
      variantName,
      weight,
    })),
  };
}
