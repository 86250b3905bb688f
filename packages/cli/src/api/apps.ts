import { answerOf, type components } from "@stepfast/client";
import { StepfastError } from "@stepfast/protocol";
import { type Command, Option } from "commander";
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

function pausedText({ isPaused, pause }: Fn): string {
  if (!isPaused) return "";
  return pause?.reason ? `paused: ${pause.reason}` : "paused";
}

async function listFunctions(call: Call<{ app?: string[] }>): Promise<void> {
  const apps = call.options.app ?? (await allApps(call)).map(({ id }) => id);
  const functions: Fn[] = [];
  for (const app of apps) functions.push(...(await functionsOf(call, app)));
  call.show(functions, () => {
    if (functions.length === 0) return "No functions";
    const rows = functions.map((fn) => [fn.id, fn.name, fn.app.id, triggersText(fn), pausedText(fn)]);
    return table(["FUNCTION", "NAME", "APP", "TRIGGERS", ""], rows);
  });
}

/** A full id names its app: the one of which it begins with the name. */
async function pathOf(call: Call<unknown>, id: string): Promise<{ app: string; function: string }> {
  for (const app of await allApps(call)) {
    if (id.startsWith(`${app.id}-`) && (await functionsOf(call, app.id)).some((fn) => fn.id === id)) {
      return { app: app.id, function: id };
    }
  }
  throw new StepfastError(
    "function_not_found",
    `There is no function "${id}": \`stepfast functions list\` shows them`,
  );
}

interface PauseOptions {
  skip?: boolean;
  runs?: "finish" | "hold" | "cancel";
  reason?: string;
}

async function pause(call: Call<PauseOptions>): Promise<void> {
  const { skip, runs, reason } = call.options;
  const body = {
    events: skip ? ("skip" as const) : ("hold" as const),
    ...(runs && { runs }),
    ...(reason && { reason }),
  };
  const path = await pathOf(call, call.args[0] ?? "");
  const { data } = await answerOf(
    call.api.POST("/v2/apps/{app}/functions/{function}/pause", { params: { path }, body }),
  );
  call.show(data, () => `${path.function} is paused: events ${data.events}, runs ${data.runs}`);
}

async function resume(call: Call<unknown>): Promise<void> {
  const path = await pathOf(call, call.args[0] ?? "");
  const { data } = await answerOf(
    call.api.POST("/v2/apps/{app}/functions/{function}/resume", { params: { path } }),
  );
  call.show(data, () => `${path.function} is resumed`);
}

function addPauses(functions: Command, around: ApiSurroundings): void {
  addApiCommand<PauseOptions>(functions, around, {
    name: "pause",
    description: "pause a function: events wait, runs under way finish",
    args: [["<function>", "its full id"]],
    options: (command) =>
      command
        .option("--skip", "skip events instead of holding them")
        .addOption(
          new Option("--runs <what>", "what becomes of runs under way").choices(["finish", "hold", "cancel"]),
        )
        .option("--reason <text>", "is shown with the function"),
    run: pause,
  });
  addApiCommand(functions, around, {
    name: "resume",
    description: "resume a function: what was held goes on",
    args: [["<function>", "its full id"]],
    run: resume,
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
  const functions = root.command("functions").description("look at functions, pause and resume them");
  addApiCommand<{ app?: string[] }>(functions, around, {
    name: "list",
    description: "list functions",
    options: (command) => command.option("--app <id>", "only of these apps", several),
    run: listFunctions,
  });
  addPauses(functions, around);
}
