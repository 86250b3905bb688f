import type { JobView } from "@stepfast/engine";
import { z } from "zod";
import { nothing, v1 } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { timeOrNull } from "../../schemas/values.ts";
import { isoTime } from "../../views/envelope.ts";

const moment = z.iso.datetime({ offset: true }).optional();

const request = z
  .object({
    app_id: z.string().min(1),
    function_id: z.string().min(1),
    started_after: moment,
    started_before: moment,
    if: z.string().min(1).optional(),
  })
  .meta({ id: "CancellationRequestV1" });

const cancellation = z
  .object({
    id: z.string(),
    environment_id: z.string(),
    function_internal_id: z.string(),
    function_id: z.string(),
    started_after: timeOrNull,
    started_before: timeOrNull,
    if: z.string().nullable(),
  })
  .meta({ id: "CancellationV1" });

function view(job: JobView): z.input<typeof cancellation> {
  const [functionId = ""] = job.filter.functionIds ?? [];
  return {
    id: job.id,
    environment_id: "",
    function_internal_id: functionId,
    function_id: functionId,
    started_after: isoTime(job.filter.from ?? null),
    started_before: isoTime(job.filter.until ?? null),
    if: job.filter.expression ?? null,
  };
}

/** Bulk cancellation as clients of the v1 API know it (SERVER §4.2). */
export const cancellationEndpointsV1: Endpoint[] = [
  endpoint({
    id: "startCancellationV1",
    method: "POST",
    path: "/v1/cancellations",
    summary: "Cancels a function's live runs, in the background",
    scope: "write",
    body: request,
    answer: v1(cancellation),
    errors: ["invalid_expression"],
    async handle({ body }, { engine }) {
      const { app_id, function_id, started_after, started_before, if: expression } = body;
      const full = function_id.startsWith(`${app_id}-`) ? function_id : `${app_id}-${function_id}`;
      const job = await engine.jobs.start(
        "cancel",
        {
          functionIds: [full],
          ...(started_after === undefined ? {} : { from: Date.parse(started_after) }),
          ...(started_before === undefined ? {} : { until: Date.parse(started_before) }),
          ...(expression === undefined ? {} : { expression }),
        },
        null,
      );
      return view(job);
    },
  }),
  endpoint({
    id: "listCancellationsV1",
    method: "GET",
    path: "/v1/cancellations",
    summary: "Bulk cancellations under way, and those that ended within a week",
    scope: "read",
    answer: v1(z.array(cancellation)),
    handle: async (_, { engine }) => (await engine.jobs.list("cancel")).map(view),
  }),
  endpoint({
    id: "stopCancellationV1",
    method: "DELETE",
    path: "/v1/cancellations/:job",
    summary: "Stops a bulk cancellation. What was cancelled stays so",
    scope: "write",
    answer: nothing,
    errors: ["job_not_found"],
    async handle({ params }, { engine }) {
      await engine.jobs.stop(params.job);
    },
  }),
];
