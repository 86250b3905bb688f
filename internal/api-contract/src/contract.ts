import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** The part of an OpenAPI document that is looked at. */
export interface Description {
  paths: Record<string, Record<string, object>>;
}

interface Operation {
  method: string;
  path: string;
  pattern: RegExp;
  responses: Record<string, { content?: object } | undefined>;
  validators: Map<number, ValidateFunction | null>;
}

const ID = "openapi";
const JSON_LINES = "application/x-ndjson";

function patternOf(path: string): RegExp {
  const source = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^(/api)?${source.join("[^/]+")}/?$`);
}

function pointer(...parts: (string | number)[]): string {
  const escaped = parts.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1"));
  return escaped.map(encodeURIComponent).join("/");
}

/** Holds answers against a description: what it tells of them must be true. */
export class Contract {
  readonly #operations: Operation[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  /** `GET /v2/runs 200`: what was seen. */
  readonly seen = new Set<string>();

  constructor(description: Description) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(description as object, ID);
    this.#operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        pattern: patternOf(path),
        responses: (operation as Pick<Operation, "responses">).responses,
        validators: new Map(),
      })),
    );
    // Of two that fit a path, the one that names it is meant.
    this.#operations.sort((a, b) => Number(a.path.endsWith("}")) - Number(b.path.endsWith("}")));
  }

  /** Throws where an answer is not as it is told. What is not described is let be. */
  async check(method: string, url: string, response: Response): Promise<void> {
    const { pathname } = new URL(url);
    const operation = this.#operations.find((each) => each.method === method && each.pattern.test(pathname));
    if (!operation) return;
    this.seen.add(`${method} ${operation.path} ${response.status}`);
    const validate = this.#validator(operation, response.status);
    const text = await response.clone().text();
    const about = `${method} ${pathname}: the answer ${response.status}`;
    if (validate === null && text !== "") throw new Error(`${about} has a body that is not told of`);
    if (validate === null) return;
    const isLines = response.headers.get("content-type") === JSON_LINES;
    const values = isLines ? text.split("\n").slice(0, -1) : [text];
    if (values.every((value) => validate(JSON.parse(value)))) return;
    throw new Error(
      `${about} is not as told: ${this.#ajv.errorsText(validate.errors)} in ${text.slice(0, 2_000)}`,
    );
  }

  #validator(operation: Operation, status: number): ValidateFunction | null {
    const { method, path, responses, validators } = operation;
    const known = validators.get(status);
    if (known !== undefined) return known;
    const response = responses[status];
    if (!response) throw new Error(`${method} ${path}: the status ${status} is not told of`);
    const mediaType = Object.keys(response.content ?? {})[0] ?? "";
    const place = ["paths", path, method.toLowerCase(), "responses", status, "content", mediaType, "schema"];
    const at = pointer(...place);
    const made = response.content === undefined ? null : this.#ajv.compile({ $ref: `${ID}#/${at}` });
    validators.set(status, made);
    return made;
  }
}
