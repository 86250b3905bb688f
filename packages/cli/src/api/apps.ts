import { answerOf, type components } from "@stepfast/client";
import type { Command } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, several } from "./api-command.ts";
import { collect } from "./pages.ts";
import { shortTime, table } from "./table.ts";

type App = components["schemas"]["App"];
type Fn = components["schemas"]["Function"];

const EVERY = 10_000;

async function allApps({ api }: Pick<Call<unknown>, "api">): Promise<App[]> {
  const { rows } = await collect(EVERY, (query) => answerOf(api.GET("/v2/apps", { params: { query } })));
  return rows;
}

async function listApps(call: Call<unknown>): Promise<void> {
  const apps = await allApps(call);
  call.show(apps, () => {
    if (apps.length === 0) return "No apps";
    const rows = apps.map(({ id, functionCount, latestSync }) => [
      id,
      String(functionCount),
      latestSync.status,
      shortTime(latestSync.syncedAt),
      latestSync.url ?? "(in the server's process)",
      latestSync.error ?? "",
    ]);
    return table(["APP", "FUNCTIONS", "SYNC", "SYNCED", "URL", "ERROR"], rows);
  });
}

async function functionsOf({ api }: Call<unknown>, app: string): Promise<Fn[]> {
  const { rows } = await collect(EVERY, (query) =>
    answerOf(api.GET("/v2/apps/{app}/functions", { params: { path: { app }, query } })),
  );
  return rows;
}

function triggersText({ triggers }: Fn): string {
  return triggers.map(({ value, condition }) => (condition ? `${value} if ${condition}` : value)).join(", ");
}

async function listFunctions(call: Call<{ app?: string[] }>): Promise<void> {
  const apps = call.options.app ?? (await allApps(call)).map(({ id }) => id);
  const functions: Fn[] = [];
  for (const app of apps) functions.push(...(await functionsOf(call, app)));
  call.show(functions, () => {
    if (functions.length === 0) return "No functions";
    const rows = functions.map((fn) => [
      fn.id,
      fn.name,
      fn.app.id,
      triggersText(fn),
      fn.isPaused ? "paused" : "",
    ]);
    return table(["FUNCTION", "NAME", "APP", "TRIGGERS", ""], rows);
  });
}

/** `stepfast apps …` and `stepfast functions …`. */
export function addApps(root: Command, around: ApiSurroundings): void {
  const apps = root.command("apps").description("look at apps");
  addApiCommand(apps, around, {
    name: "list",
    description: "list apps and how their last sync went",
    run: listApps,
  });
  const functions = root.command("functions").description("look at functions");
  addApiCommand<{ app?: string[] }>(functions, around, {
    name: "list",
    description: "list functions",
    options: (command) => command.option("--app <id>", "only of these apps", several),
    run: listFunctions,
  });
}
