import { z } from "zod";
import { metadataEntry } from "./trace.ts";
import { json } from "./values.ts";

/** `POST /v1/runs/:run/metadata` (SERVER §4.2). */
export const metadataUpdate = z
  .object({
    target: z
      .object({
        step_id: z.string().optional().describe("The step as it was named, or its hash."),
        step_index: z.int().min(0).optional(),
        step_attempt: z.int().min(0).optional(),
        span_id: z.string().optional(),
      })
      .default({}),
    metadata: z
      .array(
        z.object({
          kind: z.string().min(1).max(256),
          op: z.enum(["merge", "set", "add", "delete"]).default("merge"),
          values: z.record(z.string(), json).default({}),
        }),
      )
      .min(1)
      .max(100),
  })
  .meta({ id: "MetadataUpdate" });

/** `GET /v1/runs/:run/metadata`. */
export const runNote = metadataEntry
  .extend({
    step_id: z.string().nullable().describe("Hash of the step. Null: it is about the run."),
    step_attempt: z.int().nullable().describe("Null: it is about all of the step's attempts."),
  })
  .meta({ id: "RunNote" });

const score = z.object({
  name: z.string().min(1).max(128),
  value: z.union([z.number(), z.boolean()]),
  stepId: z.string().optional(),
  experiment: z.object({ id: z.string(), variant: z.string() }).optional(),
});

/** `POST /v2/runs/:run/scores` (SERVER §4.4). */
export const scores = z.object({ scores: z.array(score).min(1).max(100) }).meta({ id: "Scores" });
