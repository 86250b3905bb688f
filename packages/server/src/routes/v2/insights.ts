import { StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { v2 } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { instant } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { eventSchemas } from "../../insights/event-schemas.ts";
import { askTables } from "../../insights/query.ts";
import { eventsTable, filled, type InsightsTable, runsTable } from "../../insights/tables.ts";
import {
  eventSchema,
  insightsPrompt,
  insightsQuery,
  insightsResult,
  insightsSql,
  table,
} from "../../schemas/insight.ts";
import { recentEvents, recentLimits, recentRuns } from "../../search/recent.ts";
import { spanOf } from "./sessions.ts";

function tableView<Row>({ name, description, columns }: InsightsTable<Row>): z.input<typeof table> {
  return { name, description, columns: columns.map((column) => ({ name: column.name, type: column.type })) };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));

async function ask(given: z.output<typeof insightsQuery>, { store, clock }: ServerDeps) {
  const span = spanOf({ from: timeOf(given.from), until: timeOf(given.until) }, clock.now());
  const [runs, events] = await Promise.all([recentRuns(store, span), recentEvents(store, span)]);
  const tables = [filled(runsTable, runs.rows), filled(eventsTable, events.rows)];
  const isComplete = runs.isComplete && events.isComplete;
  const scanned = { runs: runs.rows.length, events: events.rows.length, isComplete };
  return { ...(await askTables(given.query, tables)), scanned };
}

function refusePrompt(): never {
  throw new StepfastError(
    "model_not_configured",
    "This server asks no language model: write the SQL, or have a model of your own write it from GET /v2/insights/tables, and send it to POST /v2/insights/query",
  );
}

/** Insights (SERVER §4.4): SQL over what is recent. */
export const insightEndpoints: Endpoint[] = [
  endpoint({
    id: "listInsightsTables",
    method: "GET",
    path: "/v2/insights/tables",
    summary: "The tables that a query may ask",
    scope: "read",
    answer: v2(z.array(table)),
    handle: () => [tableView(runsTable), tableView(eventsTable)],
  }),
  endpoint({
    id: "listEventSchemas",
    method: "GET",
    path: "/v2/insights/events/schemas",
    summary: "What events of each name look like, as far as recent ones tell",
    scope: "read",
    query: z.object({ from: instant("Default: seven days ago."), until: instant("Default: now.") }),
    answer: v2(z.array(eventSchema)),
    async handle({ query }, { store, clock }) {
      return eventSchemas((await recentEvents(store, spanOf(query, clock.now()))).rows);
    },
  }),
  endpoint({
    id: "askInsights",
    method: "POST",
    path: "/v2/insights/query",
    summary: `Answers one SELECT over the newest ${recentLimits.rows.toLocaleString("en-US")} runs and events of a time span`,
    scope: "read",
    body: insightsQuery,
    answer: v2(insightsResult),
    errors: ["query_failed"],
    handle: ({ body }, deps) => ask(body, deps),
  }),
  endpoint({
    id: "promptInsights",
    method: "POST",
    path: "/v2/insights/query/prompt",
    summary: "Is refused: no model is set up that would make SQL of words",
    scope: "read",
    body: insightsPrompt,
    answer: v2(insightsSql),
    errors: ["model_not_configured"],
    handle: refusePrompt,
  }),
];
