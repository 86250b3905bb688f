import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApi } from "../src/api/openapi.ts";
import { pathPattern } from "../src/http/path-pattern.ts";
import { endpoints } from "../src/routes/endpoints.ts";

/*
 * Holds answers against /openapi.json. What is told of them must be all there is: in tests an answer may have no member
 * that is not told.
 */

const document = openApi(endpoints, { isStrict: true });
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi");

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({
    method: method.toUpperCase(),
    path,
    pattern: pathPattern(path.replace(/\{(\w+)\}/g, ":$1")),
    validators: new Map<number, ValidateFunction | null>(),
  })),
);

function pointer(...parts: (string | number)[]): string {
  return parts
    .map((part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
}

function operationOf(method: string, path: string) {
  const plain = path.replace(/^\/api(?=\/v2\/)/, "");
  return operations.find((each) => each.method === method && each.pattern.test(plain));
}

type Operation = NonNullable<ReturnType<typeof operationOf>>;

function validatorOf(operation: Operation, status: number): ValidateFunction | null {
  const known = operation.validators.get(status);
  if (known !== undefined) return known;
  const told = document.paths[operation.path]?.[operation.method.toLowerCase()] as {
    responses: Record<string, { content?: unknown } | undefined>;
  };
  const response = told.responses[status];
  if (!response)
    throw new Error(`${operation.method} ${operation.path}: the status ${status} is not told of`);
  const parts = ["paths", operation.path, operation.method.toLowerCase(), "responses", status];
  const schema = pointer(...parts, "content", "application/json", "schema");
  const made = response.content === undefined ? null : ajv.compile({ $ref: `openapi#/${schema}` });
  operation.validators.set(status, made);
  return made;
}

/** Which operations were seen to answer, and how. */
export const seen = new Set<string>();

/** Throws where an answer is not what /openapi.json says of it. Routes that are not in it are let be. */
export async function checkContract(method: string, url: string, response: Response): Promise<void> {
  const operation = operationOf(method, new URL(url).pathname);
  if (!operation) return;
  seen.add(`${method} ${operation.path} ${response.status}`);
  const validate = validatorOf(operation, response.status);
  const text = await response.clone().text();
  if (validate === null) {
    if (text !== "") throw new Error(`${method} ${url}: an answer ${response.status} without a body has one`);
    return;
  }
  if (!validate(JSON.parse(text))) {
    throw new Error(`${method} ${url}: ${ajv.errorsText(validate.errors)} in ${text.slice(0, 2_000)}`);
  }
}
