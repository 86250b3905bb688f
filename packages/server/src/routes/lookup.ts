import { StepfastError } from "@stepfast/protocol";
import type { EventRow, FunctionRow, RunRow, Store } from "@stepfast/store";
import type { KnownStatuses } from "../views/fork.ts";
import { statusV2 } from "../views/run.ts";

export function runNotFound(runId: string): StepfastError {
  return new StepfastError("run_not_found", `There is no run ${runId}`);
}

export async function findRun(store: Store, runId: string): Promise<RunRow> {
  const run = await store.getRun(runId);
  if (!run) throw runNotFound(runId);
  return run;
}

/** Statuses of runs as v2 writes them, by id; of those that are there. */
export async function statusesOf(store: Store, runIds: string[]): Promise<KnownStatuses> {
  const runs = await Promise.all(runIds.map((id) => store.getRun(id)));
  return new Map(runs.flatMap((run) => (run ? [[run.id, statusV2(run)]] : [])));
}

export async function findEvent(store: Store, eventId: string): Promise<EventRow> {
  const [event] = await store.getEvents([eventId]);
  if (event) return event;
  throw new StepfastError(
    "event_not_found",
    `There is no event ${eventId}: use the id that sending it returned`,
  );
}

/** The triggering events of runs, by id. */
export async function eventsOf(store: Store, runs: RunRow[]): Promise<Map<string, EventRow>> {
  const ids = [...new Set(runs.map((run) => run.eventId))];
  const events = ids.length === 0 ? [] : await store.getEvents(ids);
  return new Map(events.map((event) => [event.id, event]));
}

export async function functionsById(store: Store): Promise<Map<string, FunctionRow>> {
  return new Map((await store.listFunctions()).map((fn) => [fn.id, fn]));
}

/** The current functions of an app. Throws `app_not_found`. */
export async function functionsOfApp(store: Store, appId: string): Promise<FunctionRow[]> {
  const apps = await store.listApps();
  if (!apps.some((app) => app.id === appId)) {
    throw new StepfastError("app_not_found", `There is no app "${appId}"`);
  }
  const functions = await store.listFunctions();
  return functions.filter((fn) => fn.appId === appId && fn.archivedAt === null);
}

/** The function of an app by its full id or its own. Throws `app_not_found`, `function_not_found`. */
export async function functionOfApp(
  store: Store,
  appId: string,
  id: string,
): Promise<{ fn: FunctionRow; siblings: FunctionRow[] }> {
  const siblings = await functionsOfApp(store, appId);
  const fn = siblings.find((each) => each.id === id) ?? siblings.find((each) => each.id === `${appId}-${id}`);
  if (fn) return { fn, siblings };
  throw new StepfastError("function_not_found", `The app "${appId}" has no function "${id}"`);
}
