import { z } from "zod";
import { time } from "./values.ts";

const facts = {
  id: z.string().describe("Its name."),
  function: z.object({ id: z.string().describe("Its full id.") }),
  selectionStrategy: z.string().nullable(),
  variantCount: z.int(),
  totalRuns: z.int(),
  firstSeen: time,
  lastSeen: time,
};

/** An experiment, as far as recent runs tell. */
export const experiment = z.object({ ...facts, variants: z.array(z.string()) }).meta({ id: "Experiment" });

const metric = z
  .object({
    key: z.string().describe("The score's name."),
    avg: z.number(),
    min: z.number(),
    max: z.number(),
  })
  .meta({ id: "ExperimentMetric" });

export const experimentDetail = z
  .object({
    ...facts,
    variants: z.array(z.object({ variantName: z.string(), runCount: z.int(), metrics: z.array(metric) })),
    variantWeights: z.array(z.object({ variantName: z.string(), weight: z.number() })),
  })
  .meta({ id: "ExperimentDetail" });
