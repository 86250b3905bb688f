import { parseDuration } from "@stepfast/protocol";
import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";

/** A command-line option that may also come from the environment. */
export interface Flag<T> {
  /** As commander writes it, e.g. `-p, --port <number>`. */
  flags: string;
  description: string;
  /** Name in the environment without its prefix, e.g. `PORT`. */
  env: string;
  /** Whole names of further variables that count where no prefixed one is set, e.g. `DATABASE_URL`. */
  aliases?: readonly string[];
  /** Throws where the text is no value. */
  parse(text: string): T;
  fallback: T;
  /** The value is not repeated where it is wrong. */
  isSecret?: boolean;
  /** How the default is shown. */
  shownFallback?: string;
  /** Adds what is given again to what was given before. */
  join?: (before: T, next: T) => T;
}

export type Environment = Record<string, string | undefined>;

/** An error that is still to be told. */
export const UNUSABLE_SECRET = { exitCode: 2, code: "stepfast.unusableSecret" } as const;

/** An environment variable counts with either prefix; ours wins. */
const prefixes = ["STEPFAST_", "INNGEST_"];

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Milliseconds of a number of seconds ("5") or of a duration with its unit ("500ms", "1m"). */
export function seconds(text: string): number {
  const isBare = /^\d+(\.\d+)?$/.test(text.trim());
  const ms = isBare ? Number(text) * 1000 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('It must be a number of seconds, or a duration such as "500ms" or "1m".');
}

export function text(value: string): string {
  if (value.trim() !== "") return value;
  throw new InvalidArgumentError("It must not be empty.");
}

/** Comma-separated texts. */
export function texts(value: string): string[] {
  return value.split(",").map((part) => text(part).trim());
}

/** Comma-separated HTTP addresses. A missing scheme is `http`, a missing path is where apps serve by default. */
export function appUrls(value: string): string[] {
  return value.split(",").map((part) => {
    const address = part.trim();
    const url = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
    const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
    if (!isHttp || address === "") {
      throw new InvalidArgumentError(
        `"${part}" is no HTTP address such as http://localhost:3000/api/inngest.`,
      );
    }
    if (new URL(url).username !== "" || new URL(url).password !== "") {
      throw new InvalidArgumentError("It must have no user and password in it: requests are signed instead.");
    }
    return new URL(url).pathname === "/" ? new URL("/api/inngest", url).href : url;
  });
}

/** `true`, `1` and the empty text turn a switch on; `false` and `0` leave it off. */
export function toggle(value: string): boolean {
  const plain = value.trim().toLowerCase();
  if (["", "1", "true", "yes", "on"].includes(plain)) return true;
  if (["0", "false", "no", "off"].includes(plain)) return false;
  throw new InvalidArgumentError("It must be true or false.");
}

export function choice<T extends string>(values: readonly T[]): (value: string) => T {
  return (value) => {
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${values.join(", ")}.`);
  };
}

/** The variables that may hold a flag, first come first served. */
export function variablesOf(flag: Pick<Flag<unknown>, "env" | "aliases">): string[] {
  return [...prefixes.map((prefix) => `${prefix}${flag.env}`), ...(flag.aliases ?? [])];
}

function parsed<T>({ parse, isSecret = false }: Flag<T>, given: string, where: string): T {
  try {
    return parse(given);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const shown = isSecret ? "not usable" : JSON.stringify(given);
    throw new InvalidArgumentError(`${where} is ${shown}. ${reason}`);
  }
}

/** The flag's value in the environment. Throws, naming the variable, where that is none. */
function fromEnvironment<T>(flag: Flag<T>, env: Environment): Resolved<T> | undefined {
  for (const name of variablesOf(flag)) {
    const given = env[name];
    // An orchestrator's way of leaving a variable out is to set it to nothing.
    if (given === undefined || (given === "" && flag.aliases?.includes(name))) continue;
    const rank = flag.aliases?.includes(name) ? ranks.alias : ranks.environment;
    return { value: parsed(flag, given, `environment variable ${name}`), rank };
  }
  return undefined;
}

/** Texts by the long name of a flag, as a configuration file gives them. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

/** A flag's name, as in `poll-interval`. */
export function longName(flag: Pick<Flag<unknown>, "flags">): string {
  return /--([\w-]+)/.exec(flag.flags)?.[1] ?? "";
}

function fromFile<T>(flag: Flag<T>, file: ConfigValues): Resolved<T> | undefined {
  const values = file
    .get(longName(flag))
    ?.map((text) => parsed(flag, text, `"${longName(flag)}" in the configuration file`));
  if (!values || values.length === 0) return undefined;
  const { join } = flag;
  if (values.length > 1 && !join)
    throw new InvalidArgumentError(`"${longName(flag)}" is a list. It must be one value.`);
  return { value: values.reduce((before, next) => (join ? join(before, next) : next)), rank: ranks.file };
}

/** Where a value comes from; the higher one wins. */
export const ranks = { fallback: 0, file: 1, alias: 2, environment: 3, flag: 4 } as const;

export interface Resolved<T> {
  value: T;
  rank: (typeof ranks)[keyof typeof ranks];
}

/** A command's flags, by the name of the option they give. */
export type Flags<T> = { [K in keyof T]: Flag<T[K]> };

/** Of a value that cannot be, Commander would tell what it is. */
function parsedSecret<T>(flag: Flag<T>, given: string): T {
  try {
    return flag.parse(given);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `option '${flag.flags}' has an argument that is not usable. ${reason}`;
    throw new CommanderError(UNUSABLE_SECRET.exitCode, UNUSABLE_SECRET.code, message);
  }
}

function optionOf<T>(flag: Flag<T>): Option {
  const fallback = flag.shownFallback === undefined ? "" : `default: ${flag.shownFallback}, `;
  const option = new Option(flag.flags, `${flag.description} (${fallback}env: ${variablesOf(flag)[0]})`);
  if (!flag.flags.includes("<")) return option;
  const { join } = flag;
  return option.argParser((given: string, before: T | undefined) => {
    const value = flag.isSecret ? parsedSecret(flag, given) : flag.parse(given);
    return join && before !== undefined ? join(before, value) : value;
  });
}

export function addFlags<T extends object>(command: Command, flags: Flags<T>): Command {
  for (const flag of Object.values(flags) as Flag<unknown>[]) command.addOption(optionOf(flag));
  return command;
}

export interface Sources {
  env: Environment;
  file?: ConfigValues;
}

/** Each flag's value and where it is from: as given, else as in the environment, else as in the file, else the default. */
export function resolveRanked<T extends object>(
  command: Command,
  flags: Flags<T>,
  { env, file = new Map() }: Sources,
): { [K in keyof T]: Resolved<T[K]> } {
  const given: Record<string, unknown> = command.opts();
  const resolved: Record<string, Resolved<unknown>> = {};
  for (const [key, flag] of Object.entries(flags) as [string, Flag<unknown>][]) {
    const name = optionOf(flag).attributeName();
    const isGiven = command.getOptionValueSource(name) === "cli";
    // `--no-poll` sets `poll` to false; the flag itself is then on.
    const isNegated = flag.flags.includes("--no-");
    const value = isNegated ? given[name] === false : given[name];
    resolved[key] = isGiven
      ? { value, rank: ranks.flag }
      : (fromEnvironment(flag, env) ??
        fromFile(flag, file) ?? { value: flag.fallback, rank: ranks.fallback });
  }
  return resolved as { [K in keyof T]: Resolved<T[K]> };
}

/** Like {@link resolveRanked}, without where values are from. */
export function resolveFlags<T extends object>(command: Command, flags: Flags<T>, sources: Sources): T {
  const resolved = Object.entries(resolveRanked(command, flags, sources)) as [string, Resolved<unknown>][];
  return Object.fromEntries(resolved.map(([key, { value }]) => [key, value])) as T;
}
