import { z } from "zod";
import { json } from "./values.ts";

export const column = z.object({ name: z.string(), type: z.string() }).meta({ id: "InsightsColumn" });

export const table = z
  .object({ name: z.string(), description: z.string(), columns: z.array(column) })
  .meta({ id: "InsightsTable" });

export const insightsQuery = z
  .object({
    query: z.string().min(1).max(10_000).describe("One SELECT, in the words of SQLite."),
    from: z.iso.datetime({ offset: true }).optional().describe("Rows from then on. Default: seven days ago."),
    until: z.iso.datetime({ offset: true }).optional().describe("Rows before that. Default: now."),
  })
  .meta({ id: "InsightsQuery" });

export const insightsPrompt = z
  .object({ prompt: z.string().min(1).max(10_000).describe("A question in words.") })
  .meta({ id: "InsightsPrompt" });

export const insightsSql = z.object({ sql: z.string(), summary: z.string() }).meta({ id: "InsightsSql" });

export const insightsResult = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.array(json)),
    isTruncated: z.boolean().describe("There were more rows than are told."),
    scanned: z
      .object({ runs: z.int(), events: z.int(), isComplete: z.boolean() })
      .describe("What was looked at: the newest of the time span."),
  })
  .meta({ id: "InsightsResult" });

export const eventSchema = z
  .object({
    name: z.string(),
    count: z.int(),
    fields: z.array(z.object({ path: z.string(), types: z.array(z.string()) })),
  })
  .meta({ id: "EventSchema" });
