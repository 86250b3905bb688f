import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text as readStream } from "node:stream/consumers";
import { StepfastError } from "@stepfast/protocol";
import type { ApiSurroundings } from "./api-command.ts";

type JsonObject = Record<string, unknown>;

/** JSON as it is, or of a file (`@file`), or of standard input (`-`). */
export async function jsonObject(
  given: string,
  option: string,
  around: ApiSurroundings,
): Promise<JsonObject> {
  const value = parsed(await givenText(given, option, around));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new StepfastError("invalid_json", `${option} must be a JSON object such as '{"orderId":"7"}'`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text as it is, or of a file (`@file`), or of standard input (`-`). Throws `invalid_config`. */
export async function givenText(given: string, option: string, around: ApiSurroundings): Promise<string> {
  if (given === "-") return await (around.readInput ?? (() => readStream(process.stdin)))();
  if (!given.startsWith("@")) return given;
  try {
    return await readFile(resolve(around.cwd, given.slice(1)), "utf8");
  } catch (error) {
    throw new StepfastError("invalid_config", `${option}: ${given.slice(1)} cannot be read`, {
      cause: error,
    });
  }
}
