import { answerOf, type components } from "@stepfast/client";
import type { Command } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, moment, nowOf, several } from "./api-command.ts";
import { shortTime, table } from "./table.ts";

type Job = components["schemas"]["BulkJob"];
type Preview = components["schemas"]["BulkPreview"];
type Path = "/v2/cancellations" | "/v2/replays";

const WATCH_MS = 500;

export interface BulkOptions {
  status?: string[];
  app?: string[];
  function?: string[];
  where?: string;
  from?: string;
  until?: string;
  reason?: string;
  dryRun?: boolean;
  skipRepeated?: boolean;
  detach?: boolean;
}

/** Options that say which runs are meant. */
export function addBulkOptions(command: Command, around: ApiSurroundings): Command {
  const time = moment(nowOf(around));
  return command
    .option("--status <status>", "only runs that stand so", several)
    .option("--app <id>", "only runs of these apps", several)
    .option("--function <id>", "only runs of these functions, by full ids such as shop-charge", several)
    .option("--where <cel>", "only those for which this holds, of event, output, error and run")
    .option("--from <time>", "queued from then on: a time, or how long ago", time)
    .option("--until <time>", "queued before that", time)
    .option("--reason <text>", "is kept with the operation")
    .option("--dry-run", "only count them, and list the first")
    .option("--detach", "do not wait until it is done");
}

/** Whether any option says which runs are meant. */
export function isBulk(options: BulkOptions): boolean {
  const { status, app, function: functions, where, from, until, dryRun, skipRepeated } = options;
  const given = [status, app, functions, where, from, until, dryRun, skipRepeated];
  return given.some((option) => option !== undefined);
}

/** Starts a bulk operation and tells how far it is until it has ended. */
export async function runBulk(call: Call<BulkOptions>, path: Path): Promise<void> {
  const { api, options, show } = call;
  const { status, app, function: functionId, where, from, until, reason, dryRun, skipRepeated } = options;
  const body = {
    ...(status && { status: status.map((each) => each.toUpperCase()) as NonNullable<Body["status"]> }),
    ...(app && { appId: app }),
    ...(functionId && { functionId }),
    ...(where !== undefined && { expression: where }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(reason !== undefined && { reason }),
    ...(dryRun && { dryRun }),
    ...(skipRepeated && { skipRepeated }),
  };
  const { data } = await answerOf(api.POST(path, { body }));
  if ("dryRun" in data) return show(data, () => previewText(data));
  const job = options.detach ? data : await watched(call, path, data);
  show(job, () => `${jobsTable([job])}${unjudgedText(job)}`);
}

const done = { cancel: "cancelled", replay: "repeated" };

/** Tells how far the operation is until it has ended. Who ends the command before that knows how to stop it. */
async function watched({ api, around }: Call<BulkOptions>, path: Path, begun: Job): Promise<Job> {
  const { id } = begun;
  let job = begun;
  if (job.status === "running")
    around.io.tell(`Operation ${id} goes on by itself; \`stepfast runs stop ${id}\` stops it`);
  while (job.status === "running") {
    await (around.pause ?? sleep)(WATCH_MS);
    job = (await answerOf(api.GET(`${path}/{job}`, { params: { path: { job: id } } }))).data;
    around.io.tell(`${job.lookedAt} runs looked at, ${job.matched} ${done[job.kind]}`);
  }
  return job;
}

type Body = components["schemas"]["BulkRequest"];

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function unjudgedText({ unjudged: { count, runIds } }: Pick<Job, "unjudged">): string {
  if (count === 0) return "";
  const more = count > runIds.length ? ", …" : "";
  return `\n${count} runs are too large for the expression, and are left as they are: ${runIds.join(", ")}${more}`;
}

function previewText(preview: Preview): string {
  const { matched, isComplete, runs } = preview;
  const count = `${matched}${isComplete ? "" : " or more"} runs${unjudgedText(preview)}`;
  if (runs.length === 0) return count;
  const rows = runs.map((run) => [run.id, run.functionId, run.status, shortTime(run.queuedAt)]);
  return `${table(["RUN", "FUNCTION", "STATUS", "QUEUED"], rows)}\n${count}`;
}

function jobsTable(jobs: Job[]): string {
  if (jobs.length === 0) return "No operations";
  const rows = jobs.map((job) => [
    job.id,
    job.kind,
    job.status,
    String(job.matched),
    String(job.lookedAt),
    shortTime(job.createdAt),
  ]);
  return table(["OPERATION", "KIND", "STATUS", "DONE", "LOOKED AT", "BEGAN"], rows);
}

async function operations({ api, show }: Call<unknown>): Promise<void> {
  const params = { params: { query: { limit: 200 } } };
  const [cancellations, replays] = await Promise.all([
    answerOf(api.GET("/v2/cancellations", params)),
    answerOf(api.GET("/v2/replays", params)),
  ]);
  const jobs = [...cancellations.data, ...replays.data].sort((a, b) => (a.id < b.id ? -1 : 1));
  show(jobs, () => jobsTable(jobs));
}

async function stop({ api, args, show }: Call<unknown>): Promise<void> {
  const [job = ""] = args;
  const { data } = await answerOf(api.DELETE("/v2/cancellations/{job}", { params: { path: { job } } }));
  show(data, () => jobsTable([data]));
}

/** `stepfast runs operations` and `stepfast runs stop`. */
export function addBulkOperations(runs: Command, around: ApiSurroundings): void {
  addApiCommand(runs, around, {
    name: "operations",
    description: "list bulk cancellations and replays",
    run: operations,
  });
  addApiCommand(runs, around, {
    name: "stop",
    description: "stop a bulk operation; what was done stays done",
    args: [["<operation>", "its id"]],
    run: stop,
  });
}
