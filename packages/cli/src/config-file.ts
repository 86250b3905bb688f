import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StepfastError } from "@stepfast/protocol";
import { parse } from "yaml";
import type { ConfigValues } from "./flag.ts";

/** Looked for in the current folder, in this order, where no file is named. */
export const configNames = ["stepfast.json", "stepfast.yaml", "stepfast.yml"];

function refused(path: string, problem: string, cause?: unknown): StepfastError {
  return new StepfastError("invalid_config", `The configuration file ${path} ${problem}`, { cause });
}

function contents(path: string): unknown {
  try {
    // JSON is YAML too. All values are texts, as they were written: a key of digits such as 12e45678 is no number.
    return parse(readFileSync(path, "utf8"), { schema: "failsafe", customTags: ["null"] }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(path, `cannot be read: ${reason}`, error);
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function textsOf(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every(isText) ? list : undefined;
}

/**
 * The values of a configuration file, JSON or YAML: flags by their long names, lists where a flag may be given again.
 * Throws `invalid_config` for a file that cannot be read and for keys that are no flags.
 */
export function configFile(named: string | undefined, cwd: string, known: readonly string[]): ConfigValues {
  const candidates = configNames.map((name) => join(cwd, name));
  const path =
    named === undefined ? candidates.find((candidate) => existsSync(candidate)) : resolve(cwd, named);
  if (path === undefined) return new Map();
  const values = contents(path);
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw refused(path, "must hold names and values, such as: port: 8288");
  }
  return new Map(
    Object.entries(values).map(([name, value]) => {
      if (!known.includes(name)) throw refused(path, `has "${name}", which is none of: ${known.join(", ")}`);
      const texts = textsOf(value);
      if (!texts) throw refused(path, `has no usable value for "${name}": give a text, a number or a list`);
      return [name, texts] as const;
    }),
  );
}
