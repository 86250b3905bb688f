import { answerOf, type components } from "@stepfast/client";
import { StepfastError } from "@stepfast/protocol";
import { type Command, InvalidArgumentError } from "commander";
import {
  type ApiSurroundings,
  addApiCommand,
  type Call,
  count,
  moment,
  nowOf,
  several,
} from "./api-command.ts";
import { addBulkOperations, addBulkOptions, type BulkOptions, isBulk, runBulk } from "./bulk.ts";
import { collect, moreLine } from "./pages.ts";
import { runsTable, runText } from "./run-text.ts";

type Run = components["schemas"]["Run"];

const ENDED = new Set<Run["status"]>(["COMPLETED", "FAILED", "CANCELLED", "SKIPPED"]);
const WATCH_MS = 500;

interface ListOptions {
  status?: string[];
  app?: string[];
  function?: string[];
  search?: string;
  original?: string;
  from?: string;
  until?: string;
  limit: number;
}

async function list({ api, options, show }: Call<ListOptions>): Promise<void> {
  const {
    status = [],
    app: appId = [],
    function: functionId = [],
    search,
    original,
    from,
    until,
    limit,
  } = options;
  // The server judges the names of statuses.
  const filter = {
    status: status as Run["status"][],
    appId,
    functionId,
    search,
    originalRunId: original,
    from,
    until,
  };
  const { rows, hasMore } = await collect(limit, (page) =>
    answerOf(api.GET("/v2/runs", { params: { query: { ...filter, ...page } } })),
  );
  show(rows, () => `${runsTable(rows)}${moreLine(hasMore)}`);
}

async function account({ api }: Call<unknown>, run: string) {
  const path = { run };
  const [{ data }, { data: trace }] = await Promise.all([
    answerOf(api.GET("/v2/runs/{run}", { params: { path } })),
    answerOf(api.GET("/v2/runs/{run}/trace", { params: { path, query: { includeOutput: true } } })),
  ]);
  return { run: data, trace };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Tells of the run whenever something about it changed, until it has ended. */
async function watch(call: Call<unknown>, runId: string): Promise<void> {
  const { around, show } = call;
  let told = "";
  for (;;) {
    const found = await account(call, runId);
    const now = JSON.stringify(found);
    if (now !== told) show(found, () => runText(found));
    told = now;
    if (ENDED.has(found.run.status)) return around.finish(found.run.status === "COMPLETED" ? 0 : 1);
    await (around.pause ?? sleep)(WATCH_MS);
  }
}

async function get(call: Call<{ watch?: boolean }>): Promise<void> {
  const [runId = ""] = call.args;
  if (call.options.watch === true) return await watch(call, runId);
  const found = await account(call, runId);
  call.show(found, () => runText(found));
}

async function cancelRuns(call: Call<BulkOptions & { children?: boolean }>): Promise<void> {
  const { args, options } = call;
  const isMany = isBulk(options);
  if (isMany === args.length > 0)
    throw new InvalidArgumentError("Name runs, or say with options such as --function which are meant.");
  if (isMany && options.children)
    throw new InvalidArgumentError(
      "--children goes with the ids of runs: say with --app which others are meant.",
    );
  if (!isMany && options.detach) throw new InvalidArgumentError("--detach does not go with the ids of runs.");
  if (isMany) await runBulk(call, "/v2/cancellations");
  else await cancel(call);
}

/** What a slip of the finger must not do: repeat all there is. */
async function replayRuns(call: Call<BulkOptions>): Promise<void> {
  const { args, options } = call;
  if (args.length > 0)
    throw new InvalidArgumentError(`A single run is repeated by \`stepfast runs rerun ${args[0]}\`.`);
  if (!isBulk(options)) {
    const all = "`--status completed,failed,cancelled` means all of them";
    throw new InvalidArgumentError(`Say with options such as --function which runs are meant; ${all}.`);
  }
  await runBulk(call, "/v2/replays");
}

async function rerun({
  api,
  args,
  options,
  show,
}: Call<{ fromStep?: string; input?: string }>): Promise<void> {
  const [run = ""] = args;
  const { fromStep: stepId, input } = options;
  if (input !== undefined && stepId === undefined) {
    throw new InvalidArgumentError("--input is for the step named with --from-step.");
  }
  const fromStep =
    stepId === undefined ? undefined : { stepId, ...(input !== undefined && { input: inputList(input) }) };
  const { data } = await answerOf(
    api.POST("/v2/runs/{run}/rerun", { params: { path: { run } }, body: fromStep ? { fromStep } : {} }),
  );
  show(data, () => data.runId);
}

function inputList(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {}
  throw new InvalidArgumentError(`--input must be a JSON list of arguments, such as '["a", 1]'.`);
}

/** One after the other: what cannot be cancelled is told, and the others are cancelled all the same. */
async function cancel({
  api,
  args,
  options,
  show,
  around,
}: Call<{ children?: boolean; reason?: string }>): Promise<void> {
  const { children, reason } = options;
  const body = { ...(children && { children }), ...(reason !== undefined && { reason }) };
  const results: { runId: string; error?: { code: string; message: string } }[] = [];
  for (const runId of args) {
    try {
      await answerOf(api.POST("/v2/runs/{run}/cancel", { params: { path: { run: runId } }, body }));
      results.push({ runId });
    } catch (error) {
      if (!StepfastError.is(error) || error.code === "api_unreachable" || error.code === "unauthorized")
        throw error;
      results.push({ runId, error: { code: error.code, message: error.message } });
    }
  }
  show(results, () =>
    results
      .map(({ runId, error }) =>
        error ? `${runId}  ${error.message} (${error.code})` : `${runId}  cancelled`,
      )
      .join("\n"),
  );
  if (results.some(({ error }) => error)) around.finish(1);
}

/** `stepfast runs …` */
export function addRuns(root: Command, around: ApiSurroundings): void {
  const runs = root.command("runs").description("look at runs, cancel and repeat them");
  const time = moment(nowOf(around));
  addApiCommand<ListOptions>(runs, around, {
    name: "list",
    description: "list runs, the newest first",
    options: (command) =>
      command
        .option(
          "--status <status>",
          "only these: queued, running, completed, failed, cancelled, skipped",
          several,
        )
        .option("--app <id>", "only of these apps", several)
        .option("--function <id>", "only of these functions, by full ids such as shop-charge", several)
        .option("--search <cel>", "only those for which this holds, of event, output, error and run")
        .option("--original <run>", "only those that repeat this run: the first of a chain")
        .option("--from <time>", "queued from then on: a time, or how long ago", time)
        .option("--until <time>", "queued before that", time)
        .option("--limit <number>", "how many at most", count, 20),
    run: list,
  });
  addApiCommand<{ watch?: boolean }>(runs, around, {
    name: "get",
    description: "show a run with its steps",
    args: [["<run>", "its id"]],
    options: (command) =>
      command.option("--watch", "go on until it ends; the exit code is 0 if it completes"),
    run: get,
  });
  addApiCommand<BulkOptions & { children?: boolean }>(runs, around, {
    name: "cancel",
    description: "cancel runs, or all that match; steps that are running complete first",
    args: [["[run...]", "their ids"]],
    options: (command) => addBulkOptions(command.option("--children", "also the runs they invoked"), around),
    run: cancelRuns,
  });
  addApiCommand<{ fromStep?: string; input?: string }>(runs, around, {
    name: "rerun",
    description: "repeat a run on the current code",
    args: [["<run>", "its id"]],
    options: (command) =>
      command
        .option("--from-step <step>", "keep the results of the steps before it")
        .option("--input <json>", "a list of arguments in the place of the step's own"),
    run: rerun,
  });
  addApiCommand<BulkOptions>(runs, around, {
    name: "replay",
    description: "repeat all ended runs that match, on the current code",
    args: [["[run...]", "none: `rerun` repeats one"]],
    options: (command) =>
      addBulkOptions(command, around).option("--skip-repeated", "not those that were repeated already"),
    run: replayRuns,
  });
  addBulkOperations(runs, around);
}
