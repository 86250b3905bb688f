import { StepfastError } from "@stepfast/protocol";
import { version } from "@stepfast/server";
import { Command, CommanderError } from "commander";
import { type DevIo, runDev } from "./dev-command.ts";
import { type DevOptions, devFlags } from "./dev-options.ts";
import { addFlags, type Environment, resolveFlags } from "./flag.ts";
import { processIo } from "./process-io.ts";

/** What the program touches of the world; tests pass their own. */
export interface Surroundings {
  env: Environment;
  io: DevIo;
  /** For help and the version. */
  print(text: string): void;
  run: { dev(options: DevOptions, io: DevIo): Promise<number> };
}

const BAD_USAGE = 2;
const FAILED = 1;

function surroundings(): Surroundings {
  return {
    env: process.env,
    io: processIo(),
    print: (text) => process.stdout.write(text),
    run: { dev: runDev },
  };
}

function program(around: Surroundings, finish: (code: number) => void): Command {
  const root = new Command("stepfast")
    .description("Durable functions on your machine")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: around.print, writeErr: (text) => around.io.tell(text.trimEnd()) });
  const dev = root.command("dev").description("start a server for development").allowExcessArguments(false);
  addFlags(dev, devFlags);
  dev.action(async () => finish(await around.run.dev(resolveFlags(dev, devFlags, around.env), around.io)));
  return root;
}

function explain(error: unknown, around: Surroundings): number {
  if (error instanceof CommanderError) {
    // Commander has told what is wrong, unless it is a variable of ours; help and version end this way too.
    if (error.code === "commander.invalidArgument" && error.message.startsWith("environment")) {
      around.io.tell(`error: ${error.message}`);
    }
    return error.exitCode === 0 ? 0 : BAD_USAGE;
  }
  if (StepfastError.is(error)) around.io.tell(`error: ${error.message} (${error.code})`);
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
