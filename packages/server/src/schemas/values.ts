import { z } from "zod";

/** Times in answers are ISO texts in UTC. */
export const time = z.string().meta({ format: "date-time" });
export const timeOrNull = z.string().meta({ format: "date-time" }).nullable();

/** Any JSON value. */
export const json = z.unknown();

export const page = z
  .object({
    cursor: z.string().nullable().describe("Pass it as `cursor` for the next page; null on the last one."),
    hasMore: z.boolean(),
    limit: z.int(),
  })
  .meta({ id: "Page" });

/** The answer of what only names a run. */
export const runRef = z.object({ runId: z.string() });
