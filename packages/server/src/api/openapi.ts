import { type ErrorCode, StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { version } from "../version.ts";
import { Components, type JsonSchema } from "./components.ts";
import { type Endpoint, paramNames } from "./endpoint.ts";
import { isList } from "./read-query.ts";

export interface OpenApiDocument extends JsonSchema {
  openapi: "3.1.0";
  paths: Record<string, Record<string, JsonSchema>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: JsonSchema };
}

const errorV1 = z.object({ error: z.string(), status: z.int(), code: z.string() }).meta({ id: "ErrorV1" });
const errorsV2 = z
  .object({
    errors: z.array(z.object({ code: z.string(), message: z.string() })),
    data: z.object({ runId: z.string() }).optional().describe("With `already_invoked`."),
  })
  .meta({ id: "Errors" });

/** What any request may be refused with. */
const common: ErrorCode[] = ["unauthorized", "forbidden", "internal", "store_unavailable"];

const about: Record<string, string> = {
  run: "A run's id.",
  event: "An event's id: what sending it returned.",
  app: "An app's id.",
  function: "A function's own id, or its full one.",
  webhook: "A webhook's id.",
  key: "A key's id, or the key of sessions.",
  session: "A session's id.",
  environment: "An environment's id.",
};

function codesOf({ query, body, errors = [] }: Endpoint): ErrorCode[] {
  const ofQuery: ErrorCode[] = query ? ["invalid_request"] : [];
  const ofBody: ErrorCode[] = body
    ? ["invalid_request", "invalid_json", "body_too_large", "unsupported_media_type"]
    : [];
  return [...new Set([...errors, ...ofQuery, ...ofBody, ...common])];
}

function errorResponses(endpoint: Endpoint, components: Components): Record<string, JsonSchema> {
  const schema = components.schemaOf(endpoint.path.startsWith("/v2/") ? errorsV2 : errorV1, "output");
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(endpoint)) {
    const { status } = new StepfastError(code, "");
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, codes]) => [
    String(status),
    { description: codes.map((code) => `\`${code}\``).join(", "), content: jsonContent(schema) },
  ]);
  return Object.fromEntries(entries);
}

function jsonContent(schema: JsonSchema): JsonSchema {
  return { "application/json": { schema } };
}

function parameters({ path, query }: Endpoint, components: Components): JsonSchema[] {
  const inPath = paramNames(path).map((name) => ({
    name,
    in: "path",
    required: true,
    description: about[name] ?? name,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = components.schemaOf(field as z.ZodType, "output");
    const style = isList(field as z.ZodType) ? { style: "form", explode: true } : {};
    return { name, in: "query", required: false, description, schema, ...style };
  });
  return [...inPath, ...inQuery];
}

function operation(endpoint: Endpoint, components: Components): JsonSchema {
  const { id, summary, scope, answer, body } = endpoint;
  const { schema, mediaType = "application/json" } = answer;
  const content = schema && { content: { [mediaType]: { schema: components.schemaOf(schema, "output") } } };
  const requestBody = body && {
    required: endpoint.isBodyOptional !== true,
    content: jsonContent(components.schemaOf(body, "input")),
  };
  return {
    operationId: id,
    tags: [endpoint.path.slice(1, 3)],
    summary,
    "x-stepfast-scope": scope,
    parameters: parameters(endpoint, components),
    ...(requestBody && { requestBody }),
    responses: {
      [answer.status]: { description: "It went well", ...content },
      ...errorResponses(endpoint, components),
    },
  };
}

/** `/v2/runs/:run` as `/v2/runs/{run}`. */
function template(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

/** The description of the endpoints. Strict: for tests, answers hold nothing that is not told. */
export function openApi(
  endpoints: readonly Endpoint[],
  options: { isStrict?: boolean } = {},
): OpenApiDocument {
  const components = new Components(options.isStrict === true);
  const paths: OpenApiDocument["paths"] = {};
  for (const endpoint of endpoints) {
    const path = template(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint, components) };
  }
  const bearer = {
    type: "http",
    scheme: "bearer",
    description: "The signing key, or a key made at /v2/keys",
  };
  return {
    openapi: "3.1.0",
    info: {
      title: "Stepfast",
      version,
      description: "Everything below /v2 is below /api/v2, too.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths,
    components: { schemas: components.schemas, securitySchemes: { bearer } },
  };
}
