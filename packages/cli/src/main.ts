import { StepfastError } from "@stepfast/protocol";
import { type DatabaseTuning, migrateDatabase, version } from "@stepfast/server";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { addApps } from "./api/apps.ts";
import { addDoctor } from "./api/doctor.ts";
import { addEvents } from "./api/events.ts";
import { addExport } from "./api/export.ts";
import { addKeys } from "./api/keys.ts";
import { addRuns } from "./api/runs.ts";
import { addWebhooks } from "./api/webhooks.ts";
import { addBackup } from "./backup-command.ts";
import { runDev } from "./dev-command.ts";
import { type DevOptions, devFlags } from "./dev-options.ts";
import { addFlags, type Environment, resolveFlags, UNUSABLE_SECRET } from "./flag.ts";
import { type MoveTask, migrateFlags, migrateTask } from "./migrate-options.ts";
import { runMove } from "./move-command.ts";
import { processIo, type ServerIo } from "./process-io.ts";
import { addRestore } from "./restore-command.ts";
import { runStart } from "./start-command.ts";
import { configFlag, type StartOptions, startFlags, startOptions } from "./start-options.ts";

/** What the program touches of the world; tests pass their own. */
export interface Surroundings {
  env: Environment;
  /** Where relative paths begin and configuration files are looked for. */
  cwd: string;
  io: ServerIo;
  /** For help, the version and what was asked for. */
  print(text: string): void;
  writeOut?: (bytes: Uint8Array) => Promise<void>;
  nowMs?: () => number;
  /** Standard input, and waiting between two looks; default: the process's own. */
  readInput?: () => Promise<string>;
  pause?: (ms: number) => Promise<void>;
  run: {
    dev(options: DevOptions, io: ServerIo): Promise<number>;
    start(options: StartOptions, io: ServerIo): Promise<number>;
    migrate(databaseUrl: string, database: DatabaseTuning): Promise<void>;
    move(task: MoveTask, io: ServerIo): Promise<void>;
  };
}

const BAD_USAGE = 2;
const FAILED = 1;

function surroundings(): Surroundings {
  return {
    env: process.env,
    cwd: process.cwd(),
    io: processIo(),
    print: (text) => process.stdout.write(text),
    run: { dev: runDev, start: runStart, migrate: migrateDatabase, move: runMove },
  };
}

type Finish = (code: number) => void;

function addDev(root: Command, { env, io, run }: Surroundings, finish: Finish): void {
  const dev = root.command("dev").description("start a server for development").allowExcessArguments(false);
  addFlags(dev, devFlags);
  dev.action(async () => finish(await run.dev(resolveFlags(dev, devFlags, { env }), io)));
}

function addStart(root: Command, { env, cwd, io, run }: Surroundings, finish: Finish): void {
  const start = root
    .command("start")
    .description("start a server for production")
    .allowExcessArguments(false);
  addFlags(start, { ...startFlags, config: configFlag });
  start.action(async () => finish(await run.start(startOptions(start, env, cwd), io)));
}

function addMigrate(root: Command, { env, cwd, io, run }: Surroundings): void {
  const migrate = root
    .command("migrate")
    .description("bring a PostgreSQL database up to date, or move a SQLite file to one")
    .allowExcessArguments(false);
  addFlags(migrate, { ...migrateFlags, config: configFlag });
  migrate.action(async () => {
    const task = migrateTask(migrate, env, cwd);
    if (task.kind === "move") return await run.move(task, io);
    await run.migrate(task.databaseUrl, { profile: task.profile });
    io.tell("The database is up to date");
  });
}

function program(around: Surroundings, finish: Finish): Command {
  const root = new Command("stepfast")
    .description("Durable functions on your machine")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: around.print, writeErr: (text) => around.io.tell(text.trimEnd()) });
  addDev(root, around, finish);
  addStart(root, around, finish);
  addMigrate(root, around);
  addBackup(root, around);
  addRestore(root, around);
  for (const add of [addRuns, addEvents, addExport, addApps, addKeys, addWebhooks, addDoctor])
    add(root, { ...around, finish });
  return root;
}

/** What to do about it from a command line, where the message is for programs, too. */
function hintFor({ code, message }: StepfastError): string {
  const isClosed = message.startsWith("This is closed");
  if (code === "unauthorized" && !isClosed)
    return "\nPass --signing-key or --api-key, or set STEPFAST_SIGNING_KEY";
  if (code !== "api_unreachable" || !message.startsWith("No server answers")) return "";
  return "\nStart one with `stepfast dev` or `stepfast start`, or name it with --url";
}

function explain(error: unknown, around: Surroundings): number {
  if (error instanceof CommanderError) {
    // Commander has told what is wrong, unless it was found by us; help and version end this way too.
    const isOurs = error instanceof InvalidArgumentError || error.code === UNUSABLE_SECRET.code;
    if (isOurs) around.io.tell(`error: ${error.message}`);
    return error.exitCode === 0 ? 0 : BAD_USAGE;
  }
  if (StepfastError.is(error)) around.io.tell(`error: ${error.message} (${error.code})${hintFor(error)}`);
  else around.io.tell(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return FAILED;
}

/** Runs the command line. Resolves to the exit code: 0, 1 for what went wrong, 2 for wrong usage. */
export async function main(args: string[], around: Surroundings = surroundings()): Promise<number> {
  let code = 0;
  const root = program(around, (result) => {
    code = result;
  });
  try {
    await root.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return explain(error, around);
  }
}
