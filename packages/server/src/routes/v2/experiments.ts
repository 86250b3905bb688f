import { StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { instant, paging, text } from "../../api/query-field.ts";
import { experimentOf, experimentsOf } from "../../experiments/experiment.ts";
import { EXPERIMENT_RUNS, experimentSightings } from "../../experiments/sightings.ts";
import { experiment, experimentDetail } from "../../schemas/experiment.ts";
import { functionOfApp } from "../lookup.ts";
import { MAX_PAGE } from "../run-filter.ts";
import { cut, spanOf } from "./sessions.ts";

const span = {
  from: instant("Runs queued from then on. Default: seven days ago."),
  until: instant("Runs queued before that. Default: now."),
};
const query = z.object({ ...span, ...paging(MAX_PAGE) });
const looked = `from the newest ${EXPERIMENT_RUNS.toLocaleString("en-US")} runs of the time span`;

/** Experiments (SERVER §4.4): what `group.experiment` noted about runs, with their scores. */
export const experimentEndpoints: Endpoint[] = [
  endpoint({
    id: "listExperiments",
    method: "GET",
    path: "/v2/experiments",
    summary: `Experiments, the last seen first, ${looked}`,
    scope: "read",
    query,
    answer: v2Page(experiment),
    async handle({ query }, { store, clock }) {
      return cut(experimentsOf(await experimentSightings(store, spanOf(query, clock.now()))), query);
    },
  }),
  endpoint({
    id: "listExperimentsOfFunction",
    method: "GET",
    path: "/v2/apps/:app/functions/:function/experiments",
    summary: `Experiments of a function, the last seen first, ${looked}`,
    scope: "read",
    query,
    answer: v2Page(experiment),
    errors: ["app_not_found", "function_not_found"],
    async handle({ params, query }, { store, clock }) {
      const { fn } = await functionOfApp(store, params.app, params.function);
      return cut(experimentsOf(await experimentSightings(store, spanOf(query, clock.now()), [fn.id])), query);
    },
  }),
  endpoint({
    id: "getExperiment",
    method: "GET",
    path: "/v2/apps/:app/functions/:function/experiments/:experiment",
    summary: `One experiment: runs and scores of its variants, ${looked}`,
    scope: "read",
    query: z.object({ ...span, variant: text("Only this variant.") }),
    answer: v2(experimentDetail),
    errors: ["app_not_found", "function_not_found", "experiment_not_found"],
    async handle({ params, query }, { store, clock }) {
      const { fn } = await functionOfApp(store, params.app, params.function);
      const sightings = await experimentSightings(store, spanOf(query, clock.now()), [fn.id]);
      const found = experimentOf(sightings, params.experiment, query.variant);
      if (found) return found;
      const message = `No run of "${fn.id}" in this time span had the experiment "${params.experiment}"`;
      throw new StepfastError("experiment_not_found", message);
    },
  }),
];
