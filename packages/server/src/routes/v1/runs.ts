import type { Json } from "@stepfast/protocol";
import { LISTED_VALUE_LENGTH } from "@stepfast/store";
import { z } from "zod";
import { nothing, v1 } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { signal } from "../../schemas/event.ts";
import { metadataUpdate, runNote } from "../../schemas/metadata.ts";
import { job, runV1 } from "../../schemas/run.ts";
import { metadataEntry } from "../../schemas/trace.ts";
import { noteMetadata, readNotes } from "../../trace/metadata.ts";
import { jobViews } from "../../views/job.ts";
import { runViewV1 } from "../../views/run.ts";
import { eventsOf, findRun, functionsById, runNotFound } from "../lookup.ts";

/** Runs and signals of the v1 API (SERVER §4.2). */
export const runEndpointsV1: Endpoint[] = [
  endpoint({
    id: "getRunV1",
    method: "GET",
    path: "/v1/runs/:run",
    summary: "One run",
    scope: "read",
    answer: v1(runV1),
    errors: ["run_not_found"],
    async handle({ params }, { store }) {
      const run = await findRun(store, params.run);
      const [events, functions] = await Promise.all([eventsOf(store, [run]), functionsById(store)]);
      return runViewV1(run, { fn: functions.get(run.functionId), event: events.get(run.eventId) });
    },
  }),
  endpoint({
    id: "listJobsV1",
    method: "GET",
    path: "/v1/runs/:run/jobs",
    summary: "What is still to be done for a run, soonest first, at most 10",
    scope: "read",
    answer: v1(z.array(job)),
    errors: ["run_not_found"],
    async handle({ params }, { store }) {
      const loaded = await store.loadRun(params.run, { longestOutput: LISTED_VALUE_LENGTH });
      if (!loaded) throw runNotFound(params.run);
      return jobViews(loaded.run, loaded.steps);
    },
  }),
  endpoint({
    id: "cancelRunV1",
    method: "DELETE",
    path: "/v1/runs/:run",
    summary: "Cancels a run. A step that is running completes first",
    scope: "write",
    answer: nothing,
    errors: ["run_not_found", "run_already_ended"],
    handle: ({ params }, { engine }) => engine.cancelRun({ runId: params.run }),
  }),
  endpoint({
    id: "noteMetadataV1",
    method: "POST",
    path: "/v1/runs/:run/metadata",
    summary: "Notes something about a run or a step of it; its trace shows it",
    scope: "write",
    body: metadataUpdate,
    answer: v1(z.array(metadataEntry)),
    errors: ["run_not_found", "metadata_too_large"],
    handle: ({ params, body }, deps) => noteMetadata(params.run, body, deps),
  }),
  endpoint({
    id: "listMetadataV1",
    method: "GET",
    path: "/v1/runs/:run/metadata",
    summary: "What was noted about a run and its steps",
    scope: "read",
    answer: v1(z.array(runNote)),
    errors: ["run_not_found"],
    handle: ({ params }, deps) => readNotes(params.run, deps),
  }),
  endpoint({
    id: "sendSignalV1",
    method: "POST",
    path: "/v1/signals",
    summary: "Resolves the step that waits for a signal",
    scope: "write",
    body: signal,
    answer: v1(z.object({ run_id: z.string() })),
    errors: ["signal_not_found"],
    async handle({ body }, { engine }) {
      const { runId } = await engine.sendSignal({ signal: body.signal, data: (body.data ?? null) as Json });
      return { run_id: runId };
    },
  }),
];
