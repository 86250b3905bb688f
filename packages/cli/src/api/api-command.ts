import { parseDuration } from "@stepfast/protocol";
import { Argument, type Command, InvalidArgumentError } from "commander";
import { addConnection, type Connection, connect, type Settings } from "./connection.ts";

/** What commands that ask a server touch of the world. */
export interface ApiSurroundings extends Settings {
  /** Results, to standard output. */
  print(text: string): void;
  /** Results that are many, to standard output too; default: the process's own. Resolves when it takes more. */
  writeOut?: (bytes: Uint8Array) => Promise<void>;
  io: { tell(line: string): void };
  /** Of standard input; for `--data -`. */
  readInput?: () => Promise<string>;
  nowMs?: () => number;
  pause?: (ms: number) => Promise<void>;
  finish(code: number): void;
}

/** A command's arguments, options, and what it may use. */
export interface Call<Options> extends Connection {
  args: string[];
  options: Options;
  /** Prints `value` as JSON with `--json`, else the text. */
  show(value: unknown, text: () => string): void;
  around: ApiSurroundings;
}

export interface ApiCommandSpec<Options> {
  name: string;
  description: string;
  args?: [name: string, description: string][];
  options?: (command: Command) => Command;
  run(call: Call<Options>): Promise<void>;
}

/** Adds a command that asks the server something. */
export function addApiCommand<Options extends object>(
  parent: Command,
  around: ApiSurroundings,
  spec: ApiCommandSpec<Options>,
): void {
  const command = parent.command(spec.name).description(spec.description);
  for (const [name, description] of spec.args ?? []) command.addArgument(new Argument(name, description));
  spec.options?.(command);
  addConnection(command);
  command.action(async () => {
    const options = command.opts<Options & { json?: boolean }>();
    const show: Call<Options>["show"] = (value, text) =>
      around.print(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
    await spec.run({ ...connect(command, around), args: command.args, options, show, around });
  });
}

/** For options that may be given again, or with commas. */
export function several(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(",").filter((part) => part !== "")];
}

/** An ISO time of an ISO time, or of how long ago: `1h`, `7d`. */
export function moment(nowMs: () => number): (value: string) => string {
  return (value) => {
    const isBare = /^[\d.\s]*$/.test(value);
    const agoMs = parseDuration(value);
    const time = agoMs === undefined ? Date.parse(value) : nowMs() - agoMs;
    // A number alone may be a year, a day or seconds: it is none of them to us.
    if (!isBare && Number.isFinite(new Date(time).getTime())) return new Date(time).toISOString();
    throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z, or how long ago: "1h".');
  };
}

export function count(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1) return Number(value);
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

export function nowOf(around: ApiSurroundings): () => number {
  return around.nowMs ?? Date.now;
}
