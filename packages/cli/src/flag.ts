import { parseDuration } from "@stepfast/protocol";
import { type Command, InvalidArgumentError, Option } from "commander";

/** A command-line option that may also come from the environment. */
export interface Flag<T> {
  /** As commander writes it, e.g. `-p, --port <number>`. */
  flags: string;
  description: string;
  /** Name in the environment without its prefix, e.g. `PORT`. */
  env: string;
  /** Throws where the text is no value. */
  parse(text: string): T;
  fallback: T;
  /** How the default is shown. */
  shownFallback?: string;
  /** Adds what is given again to what was given before. */
  join?: (before: T, next: T) => T;
}

export type Environment = Record<string, string | undefined>;

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

/** The flag's value in the environment. Throws, naming the variable, where that is none. */
function fromEnvironment<T>(flag: Flag<T>, env: Environment): { value: T } | undefined {
  for (const prefix of prefixes) {
    const name = `${prefix}${flag.env}`;
    const given = env[name];
    if (given === undefined) continue;
    try {
      return { value: flag.parse(given) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new InvalidArgumentError(`environment variable ${name} is "${given}". ${reason}`);
    }
  }
  return undefined;
}

/** A command's flags, by the name of the option they give. */
export type Flags<T> = { [K in keyof T]: Flag<T[K]> };

function optionOf<T>(flag: Flag<T>): Option {
  const fallback = flag.shownFallback === undefined ? "" : `default: ${flag.shownFallback}, `;
  const option = new Option(flag.flags, `${flag.description} (${fallback}env: ${prefixes[0]}${flag.env})`);
  if (!flag.flags.includes("<")) return option;
  const { join } = flag;
  return option.argParser((given: string, before: T | undefined) => {
    const value = flag.parse(given);
    return join && before !== undefined ? join(before, value) : value;
  });
}

export function addFlags<T extends object>(command: Command, flags: Flags<T>): Command {
  for (const flag of Object.values(flags) as Flag<unknown>[]) command.addOption(optionOf(flag));
  return command;
}

/** What each flag is: as given, else as in the environment, else the default. */
export function resolveFlags<T extends object>(command: Command, flags: Flags<T>, env: Environment): T {
  const given: Record<string, unknown> = command.opts();
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags) as [string, Flag<unknown>][]) {
    const name = optionOf(flag).attributeName();
    const isGiven = command.getOptionValueSource(name) === "cli";
    // `--no-poll` sets `poll` to false; the flag itself is then on.
    const isNegated = flag.flags.includes("--no-");
    if (isGiven) values[key] = isNegated ? given[name] === false : given[name];
    else values[key] = (fromEnvironment(flag, env) ?? { value: flag.fallback }).value;
  }
  return values as T;
}
