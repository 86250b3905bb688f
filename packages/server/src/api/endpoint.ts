import type { ErrorCode } from "@stepfast/protocol";
import type { z } from "zod";
import type { ServerDeps } from "../deps.ts";
import type { Scope } from "../schemas/key.ts";
import type { Answer } from "./answer.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The names in a path: `run` of `/v2/runs/:run`. */
type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a handler is told of a request, checked. */
export interface Input<Path extends string, Query, Body> {
  params: Record<ParamNames<Path>, string>;
  query: Query;
  body: Body;
  request: Request;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** One route of the REST API: all that is told of it, to programs and to people, and what it does. */
export interface EndpointSpec<
  Path extends string,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Value,
> {
  /** Unique; the operation's name in /openapi.json. */
  id: string;
  method: Method;
  path: Path;
  summary: string;
  /** What a key made through the API needs. */
  scope: Scope;
  query?: Query;
  body?: Body;
  /** The body's schema is told, but the handler checks it: with other codes than `invalid_request`. */
  isBodyCheckedByHandler?: boolean;
  /** The body may be left out: `{}`. */
  isBodyOptional?: boolean;
  answer: Answer<Value>;
  /** Codes beside those that any request may get. */
  errors?: ErrorCode[];
  handle(input: Input<Path, Output<Query>, Output<Body>>, deps: ServerDeps): Promise<Value> | Value;
}

/** An endpoint of any shape. */
export interface Endpoint
  extends Omit<EndpointSpec<string, undefined, undefined, unknown>, "query" | "body" | "handle" | "answer"> {
  query: z.ZodObject | undefined;
  body: z.ZodType | undefined;
  answer: Pick<Answer<unknown>, "status" | "schema" | "mediaType">;
  run(input: Input<string, unknown, unknown>, deps: ServerDeps): Promise<Response>;
}

export function endpoint<
  const Path extends `/v1/${string}` | `/v2/${string}`,
  Value,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(spec: EndpointSpec<Path, Query, Body, Value>): Endpoint {
  const { handle, answer, query, body, ...rest } = spec;
  return {
    ...rest,
    query,
    body,
    answer,
    async run(input, deps) {
      const value = await handle(input as Parameters<typeof handle>[0], deps);
      return answer.respond(value, deps.clock.now());
    },
  };
}

/** The names in an endpoint's path, in order. */
export function paramNames(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}
