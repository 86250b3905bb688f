import { SearchExpression } from "@stepfast/engine";
import type { RunStatus } from "@stepfast/store";
import { jsonLines } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { oneOf, someOf, text } from "../../api/query-field.ts";
import { archiveStream } from "../../archive/archive.ts";
import { archiveLine } from "../../schemas/archive.ts";
import { runFilter, runQuery } from "../run-filter.ts";

const ENDED: RunStatus[] = ["completed", "failed", "cancelled", "skipped"];

const archiveQuery = runQuery
  .pick({ appId: true, functionId: true, from: true, until: true, search: true })
  .extend({
    status: someOf(["COMPLETED", "FAILED", "CANCELLED", "SKIPPED"], "Any of these ends. Default: all."),
    timeField: oneOf(["queuedAt", "startedAt", "endedAt"], "endedAt", "What `from` and `until` are about."),
    cursor: text("The `run.id` of the last line there is: go on after it."),
  });

/** The archive of ended runs. */
export const archiveEndpoints: Endpoint[] = [
  endpoint({
    id: "exportArchive",
    method: "GET",
    path: "/v2/archive",
    summary:
      "Ended runs with their events, steps, failed attempts and metadata, oldest first: JSON lines, a run each",
    scope: "read",
    query: archiveQuery,
    answer: jsonLines(archiveLine),
    errors: ["invalid_expression"],
    handle({ query }, { store, log }) {
      const { search, cursor } = query;
      // What is wrong with it is told before anything is sent.
      if (search !== undefined) new SearchExpression(search);
      const filter = runFilter({
        ...query,
        order: "asc",
        isDeferred: undefined,
        includeOutput: undefined,
        limit: 1,
      });
      if (!filter.status) filter.status = ENDED;
      if (cursor !== undefined) filter.cursor = cursor;
      return archiveStream(store, { filter, search }, (error) =>
        log.warn("an export of the archive ended early", { error: String(error) }),
      );
    },
  }),
];
