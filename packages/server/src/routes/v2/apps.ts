import { StepfastError } from "@stepfast/protocol";
import type { FunctionRow } from "@stepfast/store";
import { z } from "zod";
import { type Rows, v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { app, sync } from "../../schemas/app.ts";
import { appKey } from "../../sync/serve-url.ts";
import { syncApp } from "../../sync/sync.ts";
import { newId } from "../../system/new-id.ts";
import { appViewV2 } from "../../views/app.ts";
import { pageOf } from "../../views/envelope.ts";
import { MAX_PAGE } from "../run-filter.ts";

const query = z.object(paging(MAX_PAGE));
const SYNC_PATIENCE_MS = 15_000;

/** Rows of which there are few: their pages are cut here, by id. */
export function paged<Row extends { id: string }>(rows: Row[], given: z.output<typeof query>): Rows<Row> {
  const { limit, cursor = "" } = given;
  const after = rows.filter((row) => row.id > cursor).sort((a, b) => (a.id < b.id ? -1 : 1));
  return pageOf(after, limit);
}

function countByApp(functions: FunctionRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { appId, archivedAt } of functions) {
    if (archivedAt === null) counts.set(appId, (counts.get(appId) ?? 0) + 1);
  }
  return counts;
}

async function appViews({ store }: ServerDeps): Promise<z.input<typeof app>[]> {
  const [apps, functions] = await Promise.all([store.listApps(), store.listFunctions()]);
  const counts = countByApp(functions);
  return apps.map((row) => appViewV2(row, counts.get(row.id) ?? 0));
}

async function getApp(appId: string, deps: ServerDeps): Promise<z.input<typeof app>> {
  const found = (await appViews(deps)).find(({ id }) => id === appId);
  if (found) return found;
  throw new StepfastError("app_not_found", `There is no app "${appId}"`);
}

async function serveUrlOf(appId: string, given: string | undefined, deps: ServerDeps): Promise<string> {
  if (given !== undefined) return given;
  const { latestSync } = await getApp(appId, deps);
  if (latestSync.url !== null) return latestSync.url;
  throw new StepfastError("invalid_request", `The app "${appId}" has no URL: it is in the server's process`);
}

async function syncNow(
  appId: string,
  given: string | undefined,
  deps: ServerDeps,
): Promise<z.input<typeof sync>> {
  const url = await serveUrlOf(appId, given, deps);
  const id = newId(deps.clock.now());
  const keys = deps.mode === "cloud" ? deps.keys.signing : undefined;
  try {
    await syncApp(deps.engine, url, AbortSignal.timeout(SYNC_PATIENCE_MS), keys);
  } catch (error) {
    if (!StepfastError.is(error) || error.code === "internal") throw error;
    return { id, appId: null, status: "error", error: error.message };
  }
  const apps = await deps.store.listApps();
  const found = apps.find((each) => each.url !== null && appKey(each.url) === appKey(url))?.id ?? null;
  if (found === appId) return { id, appId, status: "success", error: null };
  return { id, appId: found, status: "error", error: `The app at ${url} is "${found}", not "${appId}"` };
}

/** Apps of the v2 API (SERVER §4.4). */
export const appEndpoints: Endpoint[] = [
  endpoint({
    id: "listApps",
    method: "GET",
    path: "/v2/apps",
    summary: "Apps",
    scope: "read",
    query,
    answer: v2Page(app),
    handle: async ({ query }, deps) => paged(await appViews(deps), query),
  }),
  endpoint({
    id: "getApp",
    method: "GET",
    path: "/v2/apps/:app",
    summary: "One app",
    scope: "read",
    answer: v2(app),
    errors: ["app_not_found"],
    handle: ({ params }, deps) => getApp(params.app, deps),
  }),
  endpoint({
    id: "syncApp",
    method: "POST",
    path: "/v2/apps/:app/syncs",
    summary: "Asks an app for its functions, now; what went wrong is in the answer",
    scope: "write",
    body: z
      .object({
        url: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe("Default: where it was last."),
      })
      .meta({ id: "NewSync" }),
    isBodyOptional: true,
    answer: v2(sync),
    errors: ["app_not_found"],
    handle: ({ params, body }, deps) => syncNow(params.app, body.url, deps),
  }),
];
