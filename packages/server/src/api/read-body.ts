import { limits, StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { readObject } from "../http/body.ts";
import type { Endpoint } from "./endpoint.ts";

function problemOf(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  if (!issue) return "The request body is not as it must be";
  const where = z.core.toDotPath(issue.path);
  return where === ""
    ? `The request body: ${issue.message}`
    : `"${where}" in the request body: ${issue.message}`;
}

async function givenBody(endpoint: Endpoint, request: Request): Promise<Record<string, unknown>> {
  const isEmpty = request.body === null || request.headers.get("content-length") === "0";
  if (endpoint.isBodyOptional === true && isEmpty) return {};
  return await readObject(request, limits.requestBytes);
}

/** A schema may stumble over members that are named as methods are: `{ "length": { "toString": 0 } }`. */
function checked(schema: z.ZodType, given: unknown): z.ZodSafeParseResult<unknown> {
  try {
    return schema.safeParse(given);
  } catch (error) {
    throw new StepfastError("invalid_request", "The request body is not as it must be", { cause: error });
  }
}

/** The body as the endpoint wants it. Throws what `readObject` does, and `invalid_request` naming what is wrong. */
export async function readBody(endpoint: Endpoint, request: Request): Promise<unknown> {
  if (!endpoint.body) return undefined;
  const given = await givenBody(endpoint, request);
  if (endpoint.isBodyCheckedByHandler === true) return given;
  const result = checked(endpoint.body, given);
  if (result.success) return result.data;
  throw new StepfastError("invalid_request", problemOf(result.error));
}
