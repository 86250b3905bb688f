import { once } from "node:events";
import { type ApiClient, createApiClient, type paths } from "@stepfast/client";
import { StepfastError } from "@stepfast/protocol";
import type { Command } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, moment, nowOf, several } from "./api-command.ts";
import { ArchiveFile } from "./archive-file.ts";
import { GzipMember } from "./gzip-member.ts";
import { LineEnds } from "./line-ends.ts";

type Query = NonNullable<paths["/v2/archive"]["get"]["parameters"]["query"]>;

interface ExportOptions {
  to?: string;
  gzip?: boolean;
  status?: string[];
  app?: string[];
  function?: string[];
  search?: string;
  from?: string;
  until?: string;
  timeField?: string;
}

/** So much of a file may have to be asked for again after a crash. */
const SETTLE_BYTES = 8 * 1024 * 1024;

function queryOf(options: ExportOptions): Query {
  const { status, app: appId, function: functionId, search, from, until, timeField } = options;
  const query = { status, appId, functionId, search, from, until, timeField };
  // The server judges the names.
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Query;
}

/** A client whose answers may take as long as they like. */
function patient({ url, key }: { url: string; key: string | undefined }): ApiClient {
  return createApiClient({ url, key, fetch: (request) => fetch(request) });
}

async function* linesOf(call: Call<ExportOptions>, query: Query): AsyncGenerator<Uint8Array> {
  const { data } = await patient(call).GET("/v2/archive", { params: { query }, parseAs: "stream" });
  if (!data) return;
  try {
    for await (const bytes of data as unknown as AsyncIterable<Uint8Array>) yield bytes;
  } catch (error) {
    if (StepfastError.is(error)) throw error;
    throw new StepfastError("api_unreachable", `${call.url} stopped sending: ${String(error)}`, {
      cause: error,
    });
  }
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
}

async function toOutput(call: Call<ExportOptions>): Promise<void> {
  const write = call.around.writeOut ?? writeOut;
  const member = call.options.gzip ? new GzipMember() : null;
  const ends = new LineEnds();
  for await (const bytes of linesOf(call, queryOf(call.options))) {
    ends.take(bytes);
    await write(member ? await member.add(bytes) : bytes);
  }
  if (member) await write(await member.end());
}

async function fill(file: ArchiveFile, lines: AsyncGenerator<Uint8Array>): Promise<void> {
  const ends = new LineEnds();
  let counted = 0;
  let unsettled = 0;
  const settle = async () => {
    if (ends.cursor === null || ends.runs === counted) return;
    await file.settle(ends.cursor, ends.runs - counted);
    counted = ends.runs;
    unsettled = 0;
  };
  for await (const bytes of lines) {
    const whole = ends.take(bytes);
    await file.write(bytes.subarray(0, whole));
    unsettled += bytes.length;
    if (whole > 0 && unsettled >= SETTLE_BYTES) await settle();
    if (whole < bytes.length) await file.write(bytes.subarray(whole));
  }
  await settle();
}

async function toFile(call: Call<ExportOptions>, path: string): Promise<void> {
  const query = queryOf(call.options);
  const isGzip = call.options.gzip ?? path.endsWith(".gz");
  const file = await ArchiveFile.open(path, { query: { ...query, ...(isGzip && { gzip: true }) }, isGzip });
  const { cursor, runs } = file.progress;
  const { from, until } = file.query;
  const asked = { ...query, ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
  if (cursor !== null) call.around.io.tell(`${path} has ${runs} runs already: going on after ${cursor}`);
  try {
    await fill(file, linesOf(call, cursor === null ? asked : { ...asked, cursor }));
  } catch (error) {
    if (await file.leave()) call.around.io.tell(`${path} is not complete: the same command goes on with it`);
    throw error;
  }
  await file.finish();
  const { bytes, runs: all } = file.progress;
  call.show(
    { file: path, runs: all, bytes },
    () => `${path}: ${all} runs, ${bytes.toLocaleString("en-US")} bytes`,
  );
}

/** `stepfast export` */
export function addExport(root: Command, around: ApiSurroundings): void {
  const time = moment(nowOf(around));
  addApiCommand<ExportOptions>(root, around, {
    name: "export",
    description: "write ended runs with all that is known of them as JSON lines",
    options: (command) =>
      command
        .option("--to <file>", "where to; default: standard output. Gzip, if it ends in .gz")
        .option("--gzip", "compressed, whatever its name")
        .option("--status <status>", "only these: completed, failed, cancelled, skipped", several)
        .option("--app <id>", "only of these apps", several)
        .option("--function <id>", "only of these functions, by full ids such as shop-charge", several)
        .option("--search <cel>", "only those for which this holds, of event, output, error and run")
        .option("--from <time>", "ended from then on: a time, or how long ago", time)
        .option("--until <time>", "ended before that", time)
        .option("--time-field <name>", "what these are about: endedAt, queuedAt or startedAt"),
    run: (call) => (call.options.to === undefined ? toOutput(call) : toFile(call, call.options.to)),
  });
}
