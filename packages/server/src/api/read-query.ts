import { StepfastError } from "@stepfast/protocol";
import type { z } from "zod";

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The last value of a parameter, in camelCase or snake_case; an empty one counts as left out. */
function textOf(params: URLSearchParams, name: string): string | undefined {
  const value = params.get(name) ?? params.get(snakeCase(name));
  return value === null || value === "" ? undefined : value;
}

/** Every value of a parameter: given again and again, with `[]`, or as one text with commas. */
function textsOf(params: URLSearchParams, name: string): string[] | undefined {
  const names = new Set([name, `${name}[]`, snakeCase(name), `${snakeCase(name)}[]`]);
  const values = [...names].flatMap((each) => params.getAll(each)).flatMap((value) => value.split(","));
  const found = [...new Set(values.filter((value) => value !== ""))];
  return found.length === 0 ? undefined : found;
}

/** Whether the field takes several values. */
export function isList(field: z.core.$ZodType): boolean {
  const { def } = field._zod as unknown as {
    def: { type: string; out?: z.core.$ZodType; innerType?: z.core.$ZodType };
  };
  if (def.type === "array") return true;
  const inner = def.out ?? def.innerType;
  return inner !== undefined && isList(inner);
}

function invalid(name: string, value: unknown, wanted: string): StepfastError {
  const shown = Array.isArray(value) ? value.join() : String(value);
  return new StepfastError(
    "invalid_request",
    `The query parameter "${name}" is "${shown}" but must be ${wanted}`,
  );
}

/** The parameters that the schema names; others are left alone. Throws `invalid_request` naming the parameter. */
export function readQuery(schema: z.ZodObject, url: string): unknown {
  // Databases refuse to look for a zero; no text has what stands for it.
  const params = new URLSearchParams(new URL(url).search.replaceAll("%00", "%EF%BF%BD"));
  const given: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    given[name] = isList(field) ? textsOf(params, name) : textOf(params, name);
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? "");
  throw invalid(name, given[name], issue?.message ?? "something else");
}
